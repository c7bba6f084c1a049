"""A subject whose addresses give one answer each, for facts that only ask."""

import json
from typing import Any, cast

import requests
from requests.adapters import BaseAdapter

from tools.verify.deployment import Deployment, GoogleApi
from tools.verify.facts.subject import Subject


class _OneAnswer(BaseAdapter):
    def __init__(self, status: int, body: Any, headers: dict[str, str]) -> None:  # noqa: ANN401 any JSON
        super().__init__()
        self._status, self._body, self._headers = status, body, headers

    def send(self, *_request: Any, **_options: Any) -> requests.Response:  # noqa: ANN401 those of requests
        answer = requests.Response()
        answer.status_code = self._status
        answer.headers.update(self._headers)
        answer._content = json.dumps(self._body).encode()
        return answer

    def close(self) -> None:
        """Nothing is open."""


class _Deployment:
    address, project, region = "https://sluice.lab.example", "lab", "europe-west1"

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def session(self) -> requests.Session:
        return self._session

    anonymous_session = session

    def google(self, service: str, _account: str | None = None) -> GoogleApi:
        return GoogleApi(service, f"https://{service}.googleapis.com", _session(200, {"defaultHostname": "gw.example"}))


def _session(status: int, body: Any, **headers: str) -> requests.Session:  # noqa: ANN401 any JSON
    session = requests.Session()
    session.mount("https://", _OneAnswer(status, body, headers))
    return session


def answering(status: int, body: Any, **headers: str) -> Subject:  # noqa: ANN401 any JSON
    """A subject of which every address answers like this."""
    return Subject(cast(Deployment, _Deployment(_session(status, body, **headers))))
