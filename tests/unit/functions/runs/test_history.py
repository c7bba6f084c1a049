"""The history of a run: who did what, what Sluice did on its own, and what Batch said of the head job."""

import json
from typing import Any

from common.domain.batch.job import JobState
from common.domain.runs.live_events import EventKind
from common.domain.runs.work_items import ChainStep
from common.services.runs.journal import append_to_journal
from tests.support.actions.stage import BEN, RUN, Stage
from tests.support.logs.nextflow_files import FAILED_LOG
from tests.support.runs import NOON, OWNER
from tests.unit.functions.runs.conftest import Ask

PATH = f"/api/runs/{RUN}/history"


def history(ask: Ask, query: str = "") -> Any:  # noqa: ANN401 any JSON
    answer = ask("GET", PATH + query)
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)


def test_the_history_says_who_did_what_and_what_batch_said(stage: Stage, ask: Ask) -> None:
    stage.running()
    stage.upload(log=FAILED_LOG)
    ask("PATCH", f"/api/runs/{RUN}", {"name": "x", "note": "password: hunter2hunter2"})
    stage.batch.move(stage.head, JobState.FAILED, "exit code 1")
    stage.sync.run(ChainStep(run_id=RUN, chain="launch"), empty_listings=1)

    entries = history(ask)["entries"]

    assert [(each["event"], each["by"]) for each in entries if each["by"]] == [("status", OWNER), ("change", OWNER)]
    assert entries[0]["data"]["status"] == "pending"
    [ended] = [each for each in entries if each["event"] == "action"]
    assert ended["data"]["action"] == "head_job_ended"
    assert ended["data"]["evidence"]["state"] == "FAILED"
    assert ended["data"]["evidence"]["events"][-1] == "exit code 1"
    assert [each["event"] for each in entries][-3:] == ["action", "status", "done"]
    assert "hunter2" not in json.dumps(entries)


def test_who_cancelled_a_run_is_in_its_history(stage: Stage, ask: Ask) -> None:
    stage.running()

    ask("DELETE", f"/api/runs/{RUN}")

    last = history(ask)["entries"][-1]
    assert (last["event"], last["by"], "cancel_requested_at" in last["data"]) == ("status", OWNER, True)


def test_pages_have_every_entry_but_the_counts_of_tasks_once(stage: Stage, ask: Ask) -> None:
    stage.running()
    with stage.engine.begin() as connection:
        append_to_journal(connection, RUN, [(EventKind.PROGRESS, {}), (EventKind.ACTION, {"why": "x"})], at=NOON)
    whole = history(ask)

    first = history(ask, "?page_size=3")
    second = history(ask, f"?page_size=3&cursor={first['next_cursor']}")

    assert first["entries"] + second["entries"] == whole["entries"]
    assert (first["total"], second["total"], second["next_cursor"]) == (whole["total"], whole["total"], None)
    assert "progress" not in [each["event"] for each in whole["entries"]]


def test_a_cursor_of_another_list_is_refused(stage: Stage, ask: Ask) -> None:
    stage.running()

    assert ask("GET", f"{PATH}?cursor=abc").status_code == 422


def test_others_may_not_read_the_history(stage: Stage, ask: Ask) -> None:
    stage.running()

    assert ask("GET", PATH, caller=BEN.email).status_code == 403
