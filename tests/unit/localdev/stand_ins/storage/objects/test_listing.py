"""Pages of listings, with any names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.listing import ListQuery, ReadFrom, glob_pattern, page_of
from localdev.stand_ins.storage.objects.stored_object import StoredObject

NAMES = st.lists(st.text(alphabet="ab/é\0", min_size=1, max_size=5), unique=True, max_size=12)


def reader_of(names: list[str]) -> ReadFrom:
    stored = [
        StoredObject(bucket="b", name=name, generation=1, metageneration=1, size=0, fields={}) for name in sorted(names)
    ]
    return lambda start: (one for one in stored if one.name >= start)


def read_all(names: list[str], query: dict[str, str]) -> tuple[list[str], list[str]]:
    objects, prefixes, token = [], [], ""
    while True:
        page = page_of(ListQuery.from_query(query | {"pageToken": token}), reader_of(names))
        assert len(page.objects) + len(page.prefixes) <= int(query["maxResults"])
        objects += [stored.name for stored in page.objects]
        prefixes += page.prefixes
        if page.next_token is None:
            return objects, prefixes
        token = page.next_token


@given(NAMES, st.integers(1, 4), st.text(alphabet="ab/", max_size=2))
def test_all_pages_together_list_every_name_once_in_order(names: list[str], size: int, prefix: str) -> None:
    objects, _ = read_all(names, {"maxResults": str(size), "prefix": prefix})

    assert objects == sorted(name for name in names if name.startswith(prefix))


@given(NAMES, st.integers(1, 4), st.sampled_from(["/", "a", "b/"]), st.text(alphabet="ab/", max_size=2))
def test_each_name_is_listed_or_grouped_once(names: list[str], size: int, delimiter: str, prefix: str) -> None:
    objects, prefixes = read_all(names, {"maxResults": str(size), "delimiter": delimiter, "prefix": prefix})

    below = [name for name in names if name.startswith(prefix)]
    groups = {
        prefix + rest.partition(delimiter)[0] + delimiter
        for name in below
        if delimiter in (rest := name[len(prefix) :])
    }
    assert objects == sorted(name for name in below if delimiter not in name[len(prefix) :])
    assert prefixes == sorted(groups)


def test_a_list_starts_and_ends_at_its_offsets() -> None:
    query = ListQuery.from_query({"startOffset": "b", "endOffset": "d", "maxResults": "5"})

    assert [one.name for one in page_of(query, reader_of(["a", "b", "c", "d"])).objects] == ["b", "c"]


def test_a_page_has_at_most_a_thousand_entries() -> None:
    assert ListQuery.from_query({"maxResults": "5000"}).max_results == 1000


def test_a_glob_selects_names_before_they_are_grouped() -> None:
    query = ListQuery.from_query({"matchGlob": "**.log", "delimiter": "/"})

    page = page_of(query, reader_of(["a.log", "x/a.txt", "y/a.log"]))

    assert ([one.name for one in page.objects], page.prefixes) == (["a.log"], ["y/"])


@pytest.mark.parametrize(
    ("glob", "name", "matches"),
    [
        ("*.log", "a.log", True),
        ("*.log", "x/a.log", False),
        ("**/a.log", "x/y/a.log", True),
        ("?.log", "a.log", True),
        ("?.log", "/.log", False),
        ("a+b(c).log", "a+b(c).log", True),
        ("a.log", "axlog", False),
    ],
)
def test_a_glob_matches_as_documented(glob: str, name: str, matches: bool) -> None:
    assert bool(glob_pattern(glob).fullmatch(name)) is matches


@pytest.mark.parametrize("glob", ["[ab].log", "{a,b}.log"])
def test_an_unsupported_glob_is_refused(glob: str) -> None:
    with pytest.raises(StorageError) as refusal:
        glob_pattern(glob)

    assert refusal.value.code == 501


@pytest.mark.parametrize("query", [{"maxResults": "many"}, {"pageToken": "é"}, {"pageToken": "_w=="}])
def test_a_malformed_query_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(StorageError) as refusal:
        ListQuery.from_query(query)

    assert refusal.value.code == 400
