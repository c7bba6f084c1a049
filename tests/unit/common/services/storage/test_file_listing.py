"""Pages of a run's files, from listings in memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from google.cloud.storage import Blob, Bucket
from hypothesis import given
from hypothesis import strategies as st

from common.domain.runs.files import FileGroup
from common.errors import ValidationError
from common.services import paging
from common.services.paging import Total
from common.services.storage import file_listing as module
from common.services.storage.file_listing import LONGEST_CURSOR, FileFilter, FoundFile, list_page
from tests.support import cursors
from tests.support.cursors import encoded

INPUTS, RESULTS, LOGS = FileGroup
FILES = {INPUTS: ["a", "b"], RESULTS: ["c/d", "c/e", "f"], LOGS: ["g"]}
ALL = [(group, name) for group, names in FILES.items() for name in names]
NAMES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=9), unique=True)

RUN_ID = "run-00000001"
LIST = f"{RUN_ID}/files"
cursor_of = partial(cursors.cursor_of, of=LIST)


class Listing:
    """The files of one run; `calls` records group, start and page size of each listing."""

    def __init__(self, names: Mapping[FileGroup, Sequence[str]]) -> None:
        self._names = {group: sorted(names.get(group, [])) for group in FileGroup}
        self.calls: list[tuple[FileGroup, str, int]] = []

    def __call__(self, group: FileGroup, start: str, at_once: int) -> Iterator[FoundFile]:
        self.calls.append((group, start, at_once))
        bucket = Bucket(None, "bucket")
        return (FoundFile(group, name, Blob(name, bucket)) for name in self._names[group] if name >= start)

    def page(self, filters: FileFilter) -> tuple[list[tuple[FileGroup, str]], Total, str | None]:
        files, total, next_cursor = list_page(RUN_ID, self, filters)
        return [(file.group, file.name) for file in files], total, next_cursor


def test_a_page_has_inputs_then_results_then_logs() -> None:
    assert Listing(FILES).page(FileFilter()) == (ALL, Total(6, is_capped=False), None)


def test_the_list_can_be_limited_to_one_group() -> None:
    listing = Listing(FILES)

    assert listing.page(FileFilter(group=RESULTS))[:2] == (ALL[2:5], Total(3, is_capped=False))
    assert [group for group, _, _ in listing.calls] == [RESULTS]


def test_a_cursor_belongs_to_its_prefix() -> None:
    listing = Listing({RESULTS: ["multiqc/a", "multiqc/b", "multiqc/c"]})
    chosen = FileFilter(group=RESULTS, prefix="multiqc/", page_size=2)
    *_, cursor = listing.page(chosen)

    assert listing.page(replace(chosen, cursor=cursor))[0] == [(RESULTS, "multiqc/c")]
    with pytest.raises(ValidationError):
        listing.page(replace(chosen, cursor=cursor, prefix="multi"))


def test_a_run_without_files_has_an_empty_page() -> None:
    assert Listing({}).page(FileFilter()) == ([], Total(0, is_capped=False), None)


def test_numbered_pages_have_every_file_once() -> None:
    pages = [Listing(FILES).page(FileFilter(page=page, page_size=4)) for page in (1, 2, 3)]

    assert [files for files, _, _ in pages] == [ALL[:4], ALL[4:], []]
    assert [total.count for _, total, _ in pages] == [6, 6, 6]
    assert [next_cursor is None for _, _, next_cursor in pages] == [False, True, True]


def test_a_cursor_continues_after_a_numbered_page() -> None:
    cursor = Listing(FILES).page(FileFilter(page=2, page_size=2))[2]

    assert Listing(FILES).page(FileFilter(page_size=2, cursor=cursor))[0] == ALL[4:]


def test_a_page_behind_a_cursor_lists_only_its_files() -> None:
    listing = Listing(FILES)
    cursor = listing.page(FileFilter(page_size=2))[2]
    listing.calls.clear()

    assert listing.page(FileFilter(page_size=2, cursor=cursor))[0] == ALL[2:4]
    assert listing.calls == [(RESULTS, "c/d", 3)]


def test_a_cursor_carries_the_total() -> None:
    cursor = Listing(FILES).page(FileFilter(page_size=2))[2]

    assert Listing(FILES).page(FileFilter(page_size=2, cursor=cursor))[1] == Total(6, is_capped=False)


def test_a_page_behind_a_cursor_has_the_current_files() -> None:
    cursor = Listing(FILES).page(FileFilter(page_size=3))[2]
    changed = Listing({RESULTS: ["c/d", "c/e2", "f"], LOGS: ["g", "h"]})

    assert changed.page(FileFilter(cursor=cursor))[0] == [(RESULTS, "c/e2"), (RESULTS, "f"), (LOGS, "g"), (LOGS, "h")]


def test_placeholders_of_folders_are_not_listed() -> None:
    files, total, _ = Listing({RESULTS: ["star/", "star/a.bam"]}).page(FileFilter())

    assert files == [(RESULTS, "star/a.bam")]
    assert total.count == 1


def test_counting_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    for where in (module, paging):
        monkeypatch.setattr(where, "COUNTED_AT_MOST", 4)
    _, total, cursor = Listing(FILES).page(FileFilter(page_size=2))

    assert total == Total(4, is_capped=True)
    assert Listing(FILES).page(FileFilter(page_size=2, cursor=cursor))[1] == total


@given(st.fixed_dictionaries(dict.fromkeys(FileGroup, NAMES)), st.integers(1, 5))
def test_cursor_pages_have_every_file_once_and_in_order(
    names: Mapping[FileGroup, Sequence[str]], page_size: int
) -> None:
    names = {group: [name for name in given if name and not name.endswith("/")] for group, given in names.items()}
    listing, shown = Listing(names), list[tuple[FileGroup, str]]()
    filters = FileFilter(page_size=page_size)
    while True:
        files, total, next_cursor = listing.page(filters)
        assert len(files) == page_size or next_cursor is None
        assert total.count == sum(map(len, names.values()))
        shown += files
        if next_cursor is None:
            break
        filters = FileFilter(page_size=page_size, cursor=next_cursor)

    assert shown == [(group, name) for group in FileGroup for name in sorted(names[group])]


@pytest.mark.parametrize(
    "cursor",
    [
        "tampered",
        "!!!",
        "ü",
        cursor_of(6, "results"),
        cursor_of(6, "work", "a"),
        cursor_of("x", "results", "a"),
        cursor_of(-1, "results", "a"),
        cursor_of(0, "results", "a"),
        cursor_of(10002, "results", "a"),
        encoded(f"s{LIST}\0i06\0sresults\0sa"),
        cursor_of(6, "results", "a\nb"),
        cursor_of(6, "results", "a\0"),
        cursor_of(6, "results", "é" * 513),
        cursor_of(6, "results", "a") + "=",
        cursor_of(6, "results", "a") + "\n",
    ],
)
def test_an_invalid_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationError, match="take it unchanged from next_cursor"):
        Listing(FILES).page(FileFilter(cursor=cursor))


@pytest.mark.parametrize("of", ["run-00000001/files", "run-00000001/results", "run-00000002/logs", "runs", ""])
def test_a_cursor_of_another_list_of_files_is_refused(of: str) -> None:
    cursor = cursors.cursor_of(6, "logs", "a", of=of)
    with pytest.raises(ValidationError, match="take it unchanged from next_cursor"):
        Listing(FILES).page(FileFilter(group=LOGS, cursor=cursor))


@given(st.text())
def test_any_text_is_a_cursor_or_raises_validation_error(text: str) -> None:
    for cursor in (text, encoded(text)):
        with suppress(ValidationError):
            assert set(Listing(FILES).page(FileFilter(cursor=cursor))[0]) <= set(ALL)


def test_the_cursor_of_the_longest_name_is_accepted() -> None:
    folder = f"runs/{RUN_ID}/results/"
    longest = "x" * (1024 - len(folder))  # bytes of a key
    names = ["a", longest]
    cursor = Listing({RESULTS: names}).page(FileFilter(page_size=1))[2]

    assert cursor is not None
    assert len(cursor) <= LONGEST_CURSOR
    assert Listing({RESULTS: names}).page(FileFilter(cursor=cursor))[0] == [(RESULTS, longest)]
