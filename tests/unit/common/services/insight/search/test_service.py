"""Searching the lines of many runs."""

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol

import pytest
from sqlalchemy import Engine, func, select

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.search import SearchLine, owned, words_of_query
from common.domain.runs.log_key import LogKey
from common.errors import ValidationError
from common.services.insight.search import reading
from common.services.insight.search.lines import keep_lines
from common.services.insight.search.reading import LineFilter, LinePosition
from common.services.insight.search.service import FoundLine, SearchService
from common.services.paging import CursorCodec
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, OWNER, make_run

_WORDS = ["memory", "killed", "STAR_ALIGN", "java.lang.Error", "137", "exit"]
BEN, ODD = "ben@lab.example", "o'neil\\x@lab.example"
LAST_MONTH = NOON - timedelta(days=32)


class AddRun(Protocol):
    """Stores a run with lines, one a minute."""

    def __call__(self, run_id: str, owner: str, texts: Iterable[str], **columns: Any) -> None: ...  # noqa: ANN401 columns


@pytest.fixture
def search(engine: Engine) -> SearchService:
    return SearchService(engine)


@pytest.fixture
def add(engine: Engine, runs: RunStoreService) -> AddRun:
    def add_run(run_id: str, owner: str, texts: Iterable[str], **columns: Any) -> None:  # noqa: ANN401 columns
        run = make_run(run_id=run_id, user_email=owner, **columns)
        runs.create_run(run)
        key = LogKey.of(run_id, run.created_at)
        lines = [
            SearchLine("", number, run.created_at + timedelta(minutes=number), 3, text)
            for number, text in enumerate(texts)
        ]
        with engine.begin() as connection:
            connection.execute(select(func.make_entry_month(key.month)))
            keep_lines(connection, key, owner, lines, at=run.created_at)

    return add_run


def wanted(query: str, owner: str | None = OWNER, **changes: Any) -> LineFilter:  # noqa: ANN401 fields
    since = changes.pop("since", NOON - timedelta(days=400))
    return LineFilter(words=words_of_query(query), owner=owner, since=since, **changes)


def found(search: SearchService, query: str, owner: str | None = OWNER, **changes: Any) -> list[tuple[str, str]]:  # noqa: ANN401 fields
    page = search.find(wanted(query, owner, **changes), page_size=100)
    return [(line.run_id, line.snippet) for line in page.lines]


def test_all_words_must_be_in_a_line_and_the_last_may_be_a_beginning(search: SearchService, add: AddRun) -> None:
    add("run-00000001", OWNER, ["Process STAR_ALIGN was killed", "process terminated with status 137"])
    assert found(search, "process star_al") == [("run-00000001", "Process STAR_ALIGN was killed")]
    assert found(search, "align KILLED") == [("run-00000001", "Process STAR_ALIGN was killed")]
    assert [text for _, text in found(search, "process")] == [
        "process terminated with status 137",
        "Process STAR_ALIGN was killed",
    ]
    assert found(search, "proc status") == found(search, "status pr") == []
    assert found(search, "process zebra") == []


def test_nobody_finds_lines_of_others(search: SearchService, add: AddRun) -> None:
    add("run-00000001", OWNER, ["memory of ana"])
    add("run-ffffffff", BEN, ["memory of ben"])
    add("run-00000003", ODD, ["memory of o'neil"])
    assert found(search, "memory") == [("run-00000001", "memory of ana")]
    assert found(search, "memory", BEN) == [("run-ffffffff", "memory of ben")]
    assert found(search, "memory", ODD) == [("run-00000003", "memory of o'neil")]
    assert {run_id for run_id, _ in found(search, "memory", None)} == {"run-00000001", "run-ffffffff", "run-00000003"}
    assert found(search, "ben@lab.example") == []  # the address of an owner is no word of a line


def test_owners_whose_words_are_indexed_alike_do_not_find_each_others_lines(search: SearchService, add: AddRun) -> None:
    one, other = "user109486@lab.example", "user134914@lab.example"
    assert owned(["memory"], one) == owned(["memory"], other)
    add("run-00000001", one, ["memory of one"])
    add("run-00000002", other, ["memory of the other"])
    assert found(search, "memory", one) == [("run-00000001", "memory of one")]
    assert found(search, "memory", other) == [("run-00000002", "memory of the other")]


def test_lines_are_found_since_a_time_and_by_the_cause_of_the_failure(
    search: SearchService, add: AddRun, runs: RunStoreService
) -> None:
    add("run-00000001", OWNER, ["killed early", "killed late"], diagnosis={"cause": "out_of_memory"})
    add("run-00000002", OWNER, ["killed too"])
    at = NOON + timedelta(seconds=30)
    assert found(search, "killed", since=at) == [("run-00000001", "killed late")]
    assert [run_id for run_id, _ in found(search, "killed", cause=CauseClass.OUT_OF_MEMORY)] == ["run-00000001"] * 2
    assert found(search, "killed", cause=CauseClass.QUOTA) == []


@pytest.mark.parametrize(("read", "found_by_index"), [(0, 5_000), (0, 1), (2, 5_000), (6, 1), (8_000, 5_000)])
def test_pages_have_each_line_once_over_months(
    search: SearchService, add: AddRun, monkeypatch: pytest.MonkeyPatch, read: int, found_by_index: int
) -> None:
    """However many lines are looked through before the index is asked, and however many it may find."""
    monkeypatch.setattr(reading, "READ_AT_MOST", read)
    monkeypatch.setattr(reading, "READ_OF_OWNER", read)
    monkeypatch.setattr(reading, "_FOUND_AT_MOST", found_by_index)
    add("run-00000001", OWNER, [f"line {number}" for number in range(7)], created_at=LAST_MONTH)
    add("run-00000002", OWNER, [f"line {number}" for number in range(5)])
    add("run-00000003", OWNER, [f"line {number}" for number in range(5)])
    lines: list[FoundLine] = []
    cursor = None
    while True:
        page = search.find(wanted("line"), page_size=3, cursor=cursor)
        lines += page.lines
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.lines) == 3
    places = [(line.at, line.run_id, line.entry) for line in lines]
    assert len(set(places)) == 17
    assert places == sorted(places, key=lambda place: (place[0], place[1]), reverse=True)


def test_a_cursor_belongs_to_its_search(search: SearchService, add: AddRun) -> None:
    add("run-00000001", OWNER, ["one line", "two line"])
    cursor = search.find(wanted("line"), page_size=1).next_cursor
    assert cursor
    for other in (wanted("lines"), wanted("line", BEN), wanted("line", cause=CauseClass.QUOTA)):
        with pytest.raises(ValidationError):
            search.find(other, page_size=1, cursor=cursor)
    with pytest.raises(ValidationError):
        search.find(wanted("line"), page_size=1, cursor="x")


@pytest.mark.parametrize("place", [{"run_number": 2**31}, {"number": -(2**40)}, {"month": "2026-13-01"}])
def test_a_cursor_of_a_line_that_cannot_be_is_refused(search: SearchService, place: dict[str, Any]) -> None:
    position = LinePosition("2026-11-01", NOON, 1, "", 0)._replace(**place)
    cursor = CursorCodec(LinePosition).encode(position, of=wanted("line").name)
    with pytest.raises(ValidationError):
        search.find(wanted("line"), page_size=1, cursor=cursor)


def test_a_line_that_is_stored_again_replaces_the_earlier_one(
    search: SearchService, add: AddRun, engine: Engine
) -> None:
    add("run-00000001", OWNER, ["half"])
    with engine.begin() as connection:
        line = SearchLine("", 0, NOON, 4, "half of a whole")
        keep_lines(connection, LogKey.of("run-00000001", NOON), OWNER, [line], at=NOON)
    assert found(search, "half") == [("run-00000001", "half of a whole")]


def test_secrets_are_neither_stored_nor_found(search: SearchService, add: AddRun) -> None:
    add("run-00000001", OWNER, ["could not log in with password=hunter22"])
    assert found(search, "hunter22") == []
    assert found(search, "password") == [("run-00000001", "could not log in with password=•••")]


@pytest.mark.parametrize("seed", range(8))
def test_a_search_says_the_same_whatever_others_have(search: SearchService, add: AddRun, seed: int) -> None:
    """Neither hits nor cursors depend on the runs of others."""
    chance = random.Random(seed)

    def lines() -> list[str]:
        return [" ".join(chance.choices(_WORDS, k=chance.randint(1, 3))) for _ in range(chance.randint(0, 6))]

    mine, query = lines(), chance.choice(_WORDS)
    add("run-00000002", OWNER, mine)
    before = search.find(wanted(query), page_size=2)
    for run_id in ("run-00000001", "run-00000003"):
        add(run_id, BEN, lines())
    assert search.find(wanted(query), page_size=2) == before
    expected = [line for line in reversed(mine) if query in line.split()]
    assert [text for _, text in found(search, query)] == expected
