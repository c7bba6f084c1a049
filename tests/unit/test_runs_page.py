"""docs/runs.md lists exactly the states, causes, events and errors in the code."""

import re
from typing import get_args, get_type_hints

import pytest

from common import errors
from common.domain.diagnosis.causes import CauseClass
from common.domain.runs.live_events import EventKind
from common.domain.runs.status import NEXT_STATUSES, RunStatus
from common.domain.tasks.output_diff import OutputEvent
from common.services.logs.stream import LogStreamEvent
from common.web.errors_to_http import HTTP_OF
from tools.pack_function.imports import ROOT

PAGE = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its own header."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return rows[2:]


def words_in(cells: list[str]) -> set[str]:
    return set(re.findall(r"`(\w+)`", " ".join(cells)))


@pytest.mark.parametrize("row", rows_of("States"), ids=lambda row: row[0])
def test_the_page_lists_the_next_states_of_each_state(row: list[str]) -> None:
    status = RunStatus(row[0].strip("`"))
    assert {name for name in RunStatus if re.search(rf"\b{name}\b", row[2])} == NEXT_STATUSES[status]


def test_the_page_lists_every_state() -> None:
    assert words_in([row[0] for row in rows_of("States")]) == set(RunStatus)


def test_the_page_lists_every_cause() -> None:
    assert words_in([row[0] for row in rows_of("Why it failed")]) == set(CauseClass) - {CauseClass.UNKNOWN}


def test_the_page_lists_every_event_of_a_run() -> None:
    assert words_in([row[0] for row in rows_of("Live events")]) == set(EventKind)


def events_streamed_at(address: str) -> set[str]:
    """The events in the table that follows an address."""
    table = PAGE.partition(f"`GET {address}`")[2].partition("\n\n| event")[2].partition("\n\n")[0]
    return words_in([row.split("|")[1] for row in table.splitlines()])


def test_the_page_lists_every_event_of_a_task_stream() -> None:
    assert events_streamed_at("/api/runs/{run_id}/tasks/{task_id}/logs/stream") == set(OutputEvent)


def test_the_page_lists_every_event_of_a_log_stream() -> None:
    assert events_streamed_at("/api/runs/{run_id}/logs/stream") == set(get_args(get_type_hints(LogStreamEvent)["kind"]))


def test_the_page_lists_every_error_with_its_status() -> None:
    documented = {code: statuses for statuses, codes, _ in rows_of("Errors") for code in words_in([codes])}
    known = {kind.code: str(status) for kind, (status, _) in HTTP_OF.items()}
    assert documented.keys() == known.keys()
    assert not {code for code, status in known.items() if status not in documented[code]}
    assert known.keys() >= {errors.NotFoundError.code, errors.RoleMissingError.code}
