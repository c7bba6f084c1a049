"""Which requests are repeated, and how long."""

from collections.abc import Callable

import pytest

from sluice.api import Api
from sluice.errors import ConnectionLostError, RefusedError, SignInError, UnavailableError
from sluice.signin.laptop import NamedUser
from sluice.transport import Patience, Transport
from tests.support.client.service import StubService, Told, refusal, told
from tests.unit.client.conftest import Serve

ApiOf = Callable[[StubService], Api]


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_read_is_repeated_after_the_seconds_that_the_service_asks_for(
    serve: Serve, api_of: ApiOf, slept: list[float], status: int
) -> None:
    busy = Told(status, b"{}", {"Retry-After": "7"})
    service = serve({"GET /api/runs": [busy, busy, told({"runs": []})]})
    assert api_of(service).get("/api/runs") == {"runs": []}
    assert slept == [7, 7]


def test_a_read_is_not_repeated_beyond_a_minute_in_all(serve: Serve, api_of: ApiOf, slept: list[float]) -> None:
    service = serve({"GET /api/runs": Told(503, b"{}", {"Retry-After": "25"})})
    with pytest.raises(UnavailableError):
        api_of(service).get("/api/runs")
    assert slept == [25, 25]


def test_a_wait_beyond_a_minute_is_not_begun(serve: Serve, api_of: ApiOf, slept: list[float]) -> None:
    service = serve({"GET /api/runs": Told(429, b"{}", {"Retry-After": "3600"})})
    with pytest.raises(UnavailableError):
        api_of(service).get("/api/runs")
    assert slept == []


def test_a_connection_that_breaks_is_made_again(serve: Serve, api_of: ApiOf, slept: list[float]) -> None:
    cut = Told(200, b'{"runs": []}', cut_after=4)
    service = serve({"GET /api/runs": [cut, cut, told({"runs": []})]})
    assert api_of(service).get("/api/runs") == {"runs": []}
    assert slept == [0.25, 0.5]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
def test_another_refusal_is_final(serve: Serve, api_of: ApiOf, slept: list[float], status: int) -> None:
    service = serve({"GET /api/runs": refusal(status)})
    with pytest.raises(Exception, match="it does not go"):
        api_of(service).get("/api/runs")
    assert (len(service.asked), slept) == (1, [])


def test_a_post_that_changes_something_is_sent_once_without_a_key(serve: Serve, api_of: ApiOf) -> None:
    service = serve({"POST /api/runs": refusal(503)})
    with pytest.raises(ConnectionLostError):
        api_of(service).transport.send("POST", "/api/runs", content=b"{}", repeatable=False)
    assert len(service.asked) == 1


def test_nobody_at_the_address_is_an_error_that_names_it() -> None:
    transport = Transport("http://127.0.0.1:1", NamedUser(None), patience=lambda: Patience(limit_s=0))
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1 does not answer"):
        transport.send("GET", "/api/runs", repeatable=True)
    transport.close()


def test_the_sign_in_page_of_the_proxy_means_that_nobody_is_signed_in(serve: Serve, api_of: ApiOf) -> None:
    page = Told(302, b"", {"Location": "https://accounts.google.com/o/oauth2/v2/auth?client_id=x"})
    service = serve({"GET /api/runs": page})
    with pytest.raises(SignInError, match="sluice login"):
        api_of(service).get("/api/runs")


class _Renewing:
    """A sign-in whose first identity has expired."""

    def __init__(self) -> None:
        self.renewed = 0

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.renewed}"}

    def renew(self) -> bool:
        self.renewed += 1
        return True


def test_a_refused_identity_is_renewed_once(serve: Serve) -> None:
    service = serve({"GET /api/runs": [refusal(401), told({}), refusal(401)]})
    transport = Transport(service.address, _Renewing())
    assert transport.send("GET", "/api/runs", repeatable=True).json() == {}
    with pytest.raises(RefusedError, match="it does not go; run `sluice login`"):
        transport.send("GET", "/api/runs", repeatable=True)
    transport.close()
    assert [asked.headers["authorization"] for asked in service.asked] == [
        "Bearer 0",
        "Bearer 1",
        "Bearer 1",
        "Bearer 2",
    ]


def test_requests_name_the_client_and_the_user_of_a_local_stack(serve: Serve) -> None:
    service = serve({"GET /api/users/me": told({})})
    transport = Transport(service.address, NamedUser("ben@lab.example"))
    transport.send("GET", "/api/users/me", repeatable=True)
    transport.close()
    headers = service.asked[0].headers
    assert headers["user-agent"].startswith("sluice/")
    assert headers["x-dev-user"] == "ben@lab.example"
