"""What verify needs of a deployment: its addresses, its settings, and the services of Google behind it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests
from google.auth.exceptions import GoogleAuthError

from tools.verify.outcomes import NotTriedError

Json = dict[str, Any]
TIMEOUT_S: Final = 30
_TOKENS: Final = (
    "run `gcloud auth application-default login`; to ask as a service account, whoever verifies needs "
    "roles/iam.serviceAccountTokenCreator on it (docs/deploy.md, step 8)"
)


class ServiceRefusedError(Exception):
    """A service of Google answered with an error: its status and its words."""

    def __init__(self, service: str, status: int, message: str) -> None:
        super().__init__(f"{service} answered {status}: {message}")
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class GoogleApi:
    """The REST API of one service, called as one account. Raises ServiceRefusedError, or NotTriedError for no token."""

    service: str
    address: str
    session: requests.Session

    def get(self, path: str, **query: Any) -> Json:  # noqa: ANN401 query parameters
        return self._call("GET", path, params=query)

    def post(self, path: str, body: Json) -> Json:
        return self._call("POST", path, json=body)

    def download(self, path: str) -> bytes:
        return self._answer("GET", path, params={"alt": "media"}).content

    def upload(self, path: str, name: str, data: bytes) -> None:
        self._answer("POST", path, params={"uploadType": "media", "name": name}, data=data)

    def delete(self, path: str) -> None:
        self._answer("DELETE", path)

    def _call(self, method: str, path: str, **options: Any) -> Json:  # noqa: ANN401 those of requests
        answer: Json = self._answer(method, path, **options).json()
        return answer

    def _answer(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 the same
        try:
            answer = self.session.request(method, self.address + path, timeout=TIMEOUT_S, **options)
        except GoogleAuthError as error:
            raise NotTriedError(f"Google gives no token for {self.service}: {error.args[0]}; {_TOKENS}") from error
        if not answer.ok:
            raise ServiceRefusedError(self.service, answer.status_code, _message_of(answer))
        return answer


class OpenSessions:
    """Sessions that are closed together; one for each account."""

    def __init__(self) -> None:
        self._stack, self._of = ExitStack(), dict[str, requests.Session]()

    def of(self, account: str, make: Callable[[], requests.Session]) -> requests.Session:
        """The session of an account, made by `make` when it is first asked for."""
        if account not in self._of:
            self._of[account] = self.keep(make())
        return self._of[account]

    def keep(self, session: requests.Session) -> requests.Session:
        return self._stack.enter_context(session)

    def close(self) -> None:
        self._stack.close()


@dataclass(frozen=True, slots=True)
class TimerCall:
    """The last call of a timer: seconds since then, and what went wrong, if anything did."""

    ago_s: float
    error: str


class Deployment(Protocol):
    """A deployment that is verified: the local stack, or one in a project of Google Cloud.

    Methods raise NotTriedError for what the deployment does not have, or does not show.
    """

    address: str
    project: str
    region: str
    functions: Mapping[str, str]  # name → its own address
    patience_s: float  # how long a run may take
    timer_period_s: float

    def close(self) -> None:
        """Close all sessions."""

    def session(self) -> requests.Session:
        """Requests of a member of the domain."""

    def foreign_session(self) -> requests.Session:
        """Requests of somebody of another domain."""

    def anonymous_session(self) -> requests.Session:
        """Requests of somebody who is not signed in."""

    def google(self, service: str, account: str | None = None) -> GoogleApi:
        """A service of Google, called as whoever verifies, or as a service account of Sluice (its name in iam.tf)."""

    def email_of(self, account: str) -> str:
        """The address of a service account of Sluice."""

    def settings(self, function: str) -> Mapping[str, str]:
        """The environment variables with which a function runs."""

    def needed_settings(self, function: str) -> frozenset[str]:
        """The variables that a function must have."""

    def iap_audience(self, function: str) -> str:
        """The audience of the assertions that reach a function."""

    def notice_audience(self) -> str:
        """The audience of the tokens with which notices of the logs bucket are sent."""

    def last_timer_call(self) -> TimerCall:
        """The last call of the timer of reconcile."""

    def schema_revision(self) -> str:
        """The revision of the database's schema."""

    def connections(self) -> tuple[int, int]:
        """How many connections the functions can open, and how many the database takes."""

    def data_buckets(self) -> Sequence[str]:
        """The lab's own buckets."""


def _message_of(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]
