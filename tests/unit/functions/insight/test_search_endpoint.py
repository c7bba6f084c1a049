"""The search over the logs of many runs, over HTTP."""

from typing import Any

import pytest

from common.domain.nextflow.log.records import LogRecord
from localdev.stack.layout import ADMIN
from tests.support.actions.stage import RUN, Stage
from tests.support.functions.clients import FunctionClient
from tests.support.runs import NOON, make_run

BEN, HIS_RUN = "ben@lab.example", "run-0000beef"


@pytest.fixture
def warned(stage: Stage, send: FunctionClient) -> None:
    """The run has an error in its log, and one of Ben's another one."""
    stage.runs.create_run(make_run(run_id=HIS_RUN, user_email=BEN))
    for run_id, message in ((RUN, "index is corrupt: <b>STAR</b>"), (HIS_RUN, "index is missing")):
        with stage.ingest.writing(run_id) as writer:
            writer.add_entries([LogRecord(0, 9, NOON, "ERROR", "main", "nextflow", message.encode())], first_number=0)


def hits(send: FunctionClient, query: str, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 of `send`
    answer = send("GET", f"/api/search?{query}", **options)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["hits"]
    return found


@pytest.mark.usefixtures("warned")
def test_a_hit_leads_to_its_run_and_entry(send: FunctionClient) -> None:
    (hit,) = hits(send, "q=index+star")
    assert {name: hit[name] for name in ("run_id", "source", "entry", "task_id", "level", "snippet")} == {
        "run_id": RUN,
        "source": "log",
        "entry": 0,
        "task_id": None,
        "level": "ERROR",
        "snippet": "index is corrupt: <b>STAR</b>",
    }


@pytest.mark.usefixtures("warned")
def test_owners_search_their_own_runs_and_administrators_those_of_all(send: FunctionClient) -> None:
    assert [hit["run_id"] for hit in hits(send, "q=index")] == [RUN]
    assert [hit["run_id"] for hit in hits(send, "q=index", user=BEN)] == [HIS_RUN]
    assert hits(send, "q=index", user=ADMIN) == []
    assert {hit["run_id"] for hit in hits(send, "q=index&all=true", user=ADMIN)} == {RUN, HIS_RUN}
    assert [hit["run_id"] for hit in hits(send, f"q=index&user_email={BEN}", user=ADMIN)] == [HIS_RUN]
    for others in ("all=true", f"user_email={BEN}"):
        assert send("GET", f"/api/search?q=index&{others}").status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("q=" + "x" * 10_000, "q"),
        ("q=index&since=yesterday", "since"),
        ("q=index&cause=bad_luck", "cause"),
        ("q=index&page_size=0", "page_size"),
        ("q=index&cursor=zzz", "cursor"),
        ("q=index&level=WARN", "level"),
    ],
)
def test_what_cannot_be_searched_for_is_named(send: FunctionClient, query: str, field: str) -> None:
    answer = send("GET", f"/api/search?{query}")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.get_json()["faults"]] == [field]


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_any_time_can_be_named(send: FunctionClient, since: str) -> None:
    assert len(hits(send, f"q=index&since={since}")) == (since < "2026")


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize("query", ["", "q=%25", "q=%27+%5C+%3A*", "q=___"])
def test_a_search_without_words_finds_nothing_and_says_so(send: FunctionClient, query: str) -> None:
    found = send("GET", f"/api/search?{query}").get_json()
    assert (found["words"], found["hits"]) == ([], [])


@pytest.mark.usefixtures("warned")
def test_a_search_of_many_words_is_made(send: FunctionClient) -> None:
    words = "index+is+corrupt+" + "+".join("abcdefghij")
    found = send("GET", f"/api/search?q={words}").get_json()
    assert (len(found["words"]), found["hits"]) == (13, [])
