"""What is left of the runs of verify is seen, and deleted."""

import json
from collections.abc import Callable
from typing import Any, cast

import requests
from requests.adapters import BaseAdapter

from tools.verify.deployment import Deployment, GoogleApi, Json
from tools.verify.trial import Trial

FIRST, SECOND = "run-00000001", "run-00000002"


class Service(BaseAdapter):
    """Answers by address: with a body, or 500 for None."""

    def __init__(self, answer_to: Callable[[str], Json | None]) -> None:
        super().__init__()
        self._answer_to = answer_to
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *_more: Any, **_options: Any) -> requests.Response:  # noqa: ANN401 those of requests
        self.asked.append(str(request.url))
        body = self._answer_to(str(request.url))
        answer = requests.Response()
        answer.status_code = 500 if body is None else 200
        answer._content = json.dumps(body or {}).encode()
        return answer

    def close(self) -> None:
        """Nothing is open."""


class Place:
    """As much of a deployment as a trial asks for."""

    address, project, region, patience_s = "https://sluice.lab.example", "lab", "europe-west1", 1.0

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def settings(self, _function: str) -> dict[str, str]:
        return {"RUNS_BUCKET": "runs", "LOGS_BUCKET": "logs", "WORK_BUCKET": "work"}

    def google(self, service: str) -> GoogleApi:
        return GoogleApi(service, f"https://{service}.googleapis.com", self._session)


def trial_of(service: Service) -> Trial:
    session = requests.Session()
    session.mount("https://", service)
    return Trial(cast(Deployment, Place(session)), session)


def test_a_run_that_cannot_be_cleaned_up_does_not_keep_the_next_one() -> None:
    service = Service(lambda url: None if url.endswith(FIRST) else {"status": "completed"})
    trial = trial_of(service)
    trial.run_ids = [FIRST, SECOND]
    left = trial.clean_up()
    assert left.keys() == {FIRST}
    assert "answered 500" in left[FIRST]
    listed = [url for url in service.asked if "/storage/v1/b/" in url]
    assert len(listed) == 3
    assert all(f"prefix=runs%2F{SECOND}%2F" in url for url in listed)


def test_only_jobs_of_the_run_count_even_if_batch_ignores_the_filter() -> None:
    def job(name: str, run_id: str, state: str = "RUNNING") -> Json:
        return {"name": name, "labels": {"sluice-run": run_id}, "status": {"state": state}}

    jobs = [job("ours", FIRST), job("ended", FIRST, "SUCCEEDED"), job("other", SECOND)]
    assert trial_of(Service(lambda _url: {"jobs": [*jobs, {"name": "bare"}]})).live_jobs(FIRST) == ["ours"]
