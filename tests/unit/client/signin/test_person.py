"""A person's sign-in, against a proxy that demands audience, time and the newest token."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from sluice.api import Api
from sluice.errors import SignInError, TimedOut
from sluice.signin.browser import Attempt, code_from_browser, code_from_paste
from sluice.signin.google import Google, ProgramClient
from sluice.signin.person import Person
from sluice.signin.tokens import TokenStore
from sluice.state import State
from sluice.transport import Patience, Transport
from tests.support.client.iap import ANA, CLIENT_ID, FakeIap
from tests.support.client.service import Asked, StubService, Told, refusal, told
from tests.unit.client.conftest import Serve

NOW = 1_800_000_000.0


class Stage:
    """A person at a service behind the proxy, and a clock."""

    def __init__(self, serve: Serve, folder: Path, audience: str = CLIENT_ID) -> None:
        self.now = NOW
        self.folder = folder
        self.iap = FakeIap(audience=audience, clock=lambda: self.now)
        self.service: StubService = serve(self.iap.answers())
        self.person = self.new_person()

    def new_person(self) -> Person:
        """The person in a new process."""
        store = TokenStore(self.service.address, State(self.folder), None)
        return Person(store, Google(tokens=self.service.address), clock=lambda: self.now)

    def sign_in(self) -> tuple[str, bool]:
        def pasted(attempt: Attempt, page_of: Callable[[str], str]) -> tuple[str, str]:
            return code_from_paste(attempt, page_of, self.iap.visit)

        return self.person.sign_in(ProgramClient.of_service(self.service.address), pasted)

    def me(self, person: Person | None = None) -> object:
        transport = Transport(self.service.address, person or self.person)
        try:
            return transport.send("GET", "/api/users/me", repeatable=True).json()["email"]
        finally:
            transport.close()


@pytest.fixture
def stage(serve: Serve, tmp_path: Path) -> Stage:
    return Stage(serve, tmp_path / "state")


def test_a_person_signs_in_once(stage: Stage) -> None:
    assert stage.sign_in() == (ANA, False)
    assert stage.me() == ANA
    assert stage.me(stage.new_person()) == ANA
    assert [form["grant_type"] for form in stage.iap.forms] == ["authorization_code"]


def test_a_token_is_renewed_before_its_end_and_the_rotated_one_is_kept(stage: Stage) -> None:
    stage.sign_in()
    for _ in range(3):
        stage.now += 3301  # 299 s before its end
        assert stage.me() == ANA
        assert stage.me(stage.new_person()) == ANA
    refreshed = [form["refresh_token"] for form in stage.iap.forms[1:]]
    assert refreshed == ["refresh-1", "refresh-2", "refresh-3"]


def test_a_token_that_the_proxy_refuses_is_renewed(stage: Stage) -> None:
    stage.sign_in()
    stage.iap.generation += 1  # as after a revocation
    assert stage.me() == ANA
    assert len(stage.iap.forms) == 2


def test_a_log_is_followed_over_the_end_of_a_token(stage: Stage, tmp_path: Path) -> None:
    def stream(asked: Asked) -> Told:
        if stage.iap.me(asked).status != 200:
            return refusal(401)
        stage.now += 4000  # the token ends while the stream is open
        seen = int(asked.headers.get("last-event-id", -1))
        kind = "done" if seen == 4 else "entry"
        return Told(200, f"id: {seen + 1}\nevent: {kind}\ndata: {{}}\n\n".encode())

    stage.sign_in()
    stage.service.answers["GET /stream"] = stream
    transport = Transport(stage.service.address, stage.person, patience=lambda: Patience(sleep=lambda _: None))
    events = list(Api(transport, State(tmp_path / "other")).follow("/stream"))
    transport.close()
    assert [event.id for event in events] == ["0", "1", "2", "3", "4", "5"]
    assert [form["grant_type"] for form in stage.iap.forms[1:]] == ["refresh_token"] * 5


def test_a_service_with_an_audience_of_its_own_is_asked_for_it(serve: Serve, tmp_path: Path) -> None:
    stage = Stage(serve, tmp_path, audience="proxy.apps.example")
    stage.sign_in()
    assert stage.me() == ANA
    assert stage.iap.forms[-1]["audience"] == "proxy.apps.example"


def test_a_refresh_token_that_google_refuses_says_what_to_do(stage: Stage) -> None:
    stage.sign_in()
    stage.iap.refresh_token = "revoked"
    stage.now += 4000
    with pytest.raises(SignInError, match=r"expired or revoked.*sluice login"):
        stage.me()


def test_nobody_is_signed_in_at_first_and_after_signing_out(stage: Stage) -> None:
    with pytest.raises(SignInError, match=f"sluice login {stage.service.address}"):
        stage.me()
    stage.sign_in()
    stage.person.sign_out()
    with pytest.raises(SignInError):
        stage.me(stage.new_person())


def test_a_keyring_that_was_emptied_means_that_nobody_is_signed_in(stage: Stage) -> None:
    stage.sign_in()
    kept = stage.person.tokens.load()
    del kept["refresh_token"]
    (file,) = stage.folder.iterdir()
    file.write_text(json.dumps(kept))
    person = stage.new_person()
    assert stage.me(person) == ANA  # as long as the ID token lasts
    stage.now += 4000
    with pytest.raises(SignInError, match="nobody is signed in"):
        stage.me(person)


def test_a_service_that_lets_no_programs_in_says_so(stage: Stage) -> None:
    stage.service.answers["GET /.well-known/sluice.json"] = refusal(404)
    with pytest.raises(SignInError, match="ask its operator"):
        stage.sign_in()


def test_a_service_that_lets_no_persons_program_in_is_quoted() -> None:
    with pytest.raises(SignInError, match="ask its operator"):
        ProgramClient.from_json({"client_id": None, "detail": "ask its operator"})


def test_without_an_audience_the_client_is_its_own() -> None:
    assert ProgramClient.from_json({"client_id": "a", "client_secret": "b"}).audience == "a"


def test_an_answer_for_another_sign_in_is_refused(stage: Stage) -> None:
    visit = stage.iap.visit

    def stolen(page: str) -> str:
        back = visit(page)
        stage.iap.nonce = "of another"
        return back

    stage.iap.visit = stolen  # type: ignore[method-assign]
    with pytest.raises(SignInError, match="another sign-in"):
        stage.sign_in()


def test_a_token_for_somebody_else_is_not_sent(stage: Stage) -> None:
    stage.sign_in()
    stage.now += 4000
    stage.service.answers["POST /token"] = told({"id_token": "e30.eyJhdWQiOiAieCIsICJleHAiOiAxfQ.c2ln"})
    with pytest.raises(SignInError, match="a token for x"):
        stage.me()


def test_the_tokens_are_for_their_user_only(stage: Stage) -> None:
    stage.sign_in()
    files = [path for path in stage.folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].stat().st_mode & 0o077 == 0


def test_the_browser_comes_back_to_a_port_of_this_machine() -> None:
    iap, client = FakeIap(), ProgramClient(client_id=CLIENT_ID, client_secret="s", audience=CLIENT_ID)
    attempt, answers = Attempt(), list[int]()

    def browse(page: str) -> None:
        back = iap.visit(page)
        base = back.partition("/?")[0]

        def visit() -> None:
            for address in (f"{base}/favicon.ico", f"{base}/?state=forged&code=forged", back):
                answers.append(requests.get(address, timeout=10).status_code)

        threading.Thread(target=visit, daemon=True).start()

    code, redirect = code_from_browser(attempt, lambda address: attempt.page(Google(), client, address), browse)
    assert (code, redirect.startswith("http://127.0.0.1:")) == ("code-1", True)
    assert answers[:2] == [404, 200]


def test_a_person_who_says_no_is_not_signed_in() -> None:
    attempt = Attempt()
    with pytest.raises(SignInError, match="access_denied"):
        attempt.code_in(f"http://127.0.0.1:1/?state={attempt.state}&error=access_denied")


def test_a_browser_that_never_comes_back_is_not_waited_for_for_ever() -> None:
    with pytest.raises(TimedOut):
        code_from_browser(Attempt(), lambda _: "", lambda _: None, patience_s=0.01)
