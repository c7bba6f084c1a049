"""Which requests BatchService sends for a list of jobs, and what it does when Batch refuses some of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from google.api_core.exceptions import BadRequest

from common.domain.batch.job import JobState
from common.services.batch.service import BatchService
from localdev.stack.layout import PARENT
from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.rest_service import RestService
from tests.support.runs import make_run
from tests.unit.common.services.batch.test_service import settings_for

RUN_ID = make_run().run_id
LABEL = f'labels.sluice-run="{RUN_ID}"'
LIVE = f'{LABEL} AND NOT status.state="SUCCEEDED" AND NOT status.state="FAILED" AND NOT status.state="CANCELLED"'
JOBS = [
    {"name": state.name, "status": {"state": state.name}, "labels": {"sluice-run": RUN_ID, "sluice-role": "task"}}
    for state in JobState
    if state
]
LIVE_STATES = {"QUEUED", "SCHEDULED", "RUNNING", "DELETION_IN_PROGRESS", "CANCELLATION_IN_PROGRESS"}


class Requests:
    """The filters that were sent, with a `+` where there was a field mask."""

    def __init__(self, refuse: Callable[[str, str], bool]) -> None:
        self.sent: list[str] = []
        self.refuse = refuse

    def answer(self, request: Request) -> Json:
        text, mask = request.args.get("filter", ""), request.headers.get("x-goog-fieldmask", "")
        self.sent.append(f"{text}{'+' if mask else ''}")
        if self.refuse(text, mask):
            raise ServiceError(400, "Invalid list filter")
        return {"jobs": JOBS}


@contextmanager
def batch_that_refuses(refuse: Callable[[str, str], bool]) -> Iterator[tuple[BatchService, Requests]]:
    requests = Requests(refuse)
    service = RestService(0, [("GET", f"/v1/{PARENT}/jobs", requests.answer)])
    service.start()
    yield BatchService(settings_for(f"http://127.0.0.1:{service.port}")), requests
    service.stop()


def names_of(batch: BatchService) -> set[str]:
    return {job.name for job in batch.live_child_jobs(RUN_ID)}


def test_live_jobs_are_asked_for_by_label_and_state() -> None:
    with batch_that_refuses(lambda _text, _mask: False) as (batch, requests):
        assert names_of(batch) == LIVE_STATES  # although this Batch ignores the filter
        assert {job.name for job in batch.live_jobs()} == LIVE_STATES
        assert len(list(batch.child_jobs(RUN_ID))) == len(JOBS)
    head, task = (LIVE.replace(LABEL, f'labels.sluice-role="{role}"') for role in ("head", "task"))
    assert requests.sent == [f"{LIVE}+", f"{head}+", f"{task}+", f"{LABEL}+"]


def test_a_refused_filter_by_state_is_not_tried_again() -> None:
    with batch_that_refuses(lambda text, _mask: "status" in text) as (batch, requests):
        for _ in range(3):
            assert names_of(batch) == LIVE_STATES
        assert {job.name for job in batch.live_jobs()} == LIVE_STATES
    assert requests.sent[:3] == [f"{LIVE}+", LIVE, f"{LABEL}+"]
    assert requests.sent[3:5] == [f"{LABEL}+"] * 2
    assert not any("status" in sent for sent in requests.sent[3:])


def test_a_refused_field_mask_is_not_tried_again() -> None:
    with batch_that_refuses(lambda _text, mask: bool(mask)) as (batch, requests):
        for _ in range(3):
            assert names_of(batch) == LIVE_STATES
    assert requests.sent == [f"{LIVE}+", LIVE, LIVE, LIVE]


def test_without_any_filter_the_jobs_are_found_all_the_same() -> None:
    with batch_that_refuses(lambda text, mask: bool(text or mask)) as (batch, requests):
        for _ in range(2):
            assert names_of(batch) == LIVE_STATES
    assert requests.sent[-2:] == ["", ""]
    assert len(requests.sent) == 7


def test_a_request_that_is_refused_in_every_form_teaches_nothing() -> None:
    answers = [True] * 6
    with batch_that_refuses(lambda _text, _mask: bool(answers) and answers.pop()) as (batch, requests):
        with pytest.raises(BadRequest):
            names_of(batch)
        assert names_of(batch) == LIVE_STATES
    assert requests.sent[-1] == f"{LIVE}+"


def test_a_job_in_a_state_that_is_new_in_batch_counts_as_live() -> None:
    job = {"name": "j", "status": {"state": "HIBERNATING"}, "labels": {"sluice-run": RUN_ID}}
    service = RestService(0, [("GET", f"/v1/{PARENT}/jobs", lambda _request: {"jobs": [job]})])
    service.start()
    assert names_of(BatchService(settings_for(f"http://127.0.0.1:{service.port}"))) == {"j"}
    service.stop()
