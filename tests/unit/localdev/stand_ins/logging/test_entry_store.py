"""The store of log entries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.logging.entry_store import EntryStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EntryStore]:
    store = EntryStore(tmp_path)
    yield store
    store.close()


def entry(insert_id: str, second: int, *, project: str = "p", log: str = "app") -> Json:
    return {
        "logName": f"projects/{project}/logs/{log}",
        "timestamp": f"2026-11-23T08:00:{second:02d}Z",
        "insertId": insert_id,
    }


def listed(store: EntryStore, *, newest_first: bool = False, size: int = 2, project: str = "p") -> list[list[str]]:
    """The insert ids of each page."""
    pages, after = [], None
    while True:
        entries, after = store.page(
            lambda entry: entry["logName"].startswith(f"projects/{project}/"),
            newest_first=newest_first,
            size=size,
            after=after,
        )
        pages.append([entry["insertId"] for entry in entries])
        if after is None:
            return pages


def test_entries_are_ordered_by_time_and_then_as_written(store: EntryStore) -> None:
    store.add([entry("c", 2), entry("a", 1), entry("b", 1)])
    assert listed(store) == [["a", "b"], ["c"]]
    assert listed(store, newest_first=True) == [["c", "b"], ["a"]]


def test_no_empty_page_follows_a_full_last_page(store: EntryStore) -> None:
    store.add([entry("a", 1), entry("b", 2)])
    assert listed(store) == [["a", "b"]]


def test_an_entry_is_identified_by_log_time_and_id(store: EntryStore) -> None:
    store.add([entry("a", 1), entry("a", 1), entry("a", 2), entry("a", 1, log="other")])
    assert listed(store, size=9) == [["a", "a", "a"]]


def test_a_project_lists_only_its_own_entries(store: EntryStore) -> None:
    store.add([entry("mine", 1), entry("theirs", 1, project="p2")])
    assert listed(store) == [["mine"]]
    assert store.log_names("projects/p2") == ["projects/p2/logs/app"]


def test_deleting_a_log_deletes_only_its_entries(store: EntryStore) -> None:
    store.add([entry("a", 1), entry("b", 2, log="other")])
    assert store.delete_log("projects/p/logs/app")
    assert not store.delete_log("projects/p/logs/app")
    assert listed(store) == [["b"]]
