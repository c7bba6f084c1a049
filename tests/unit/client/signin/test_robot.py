"""A service account's sign-in."""

import json
from pathlib import Path

import pytest

from sluice.errors import SignInError
from sluice.settings import Settings
from sluice.signin.choice import sign_in_for
from sluice.signin.google import Google
from sluice.signin.laptop import NamedUser
from sluice.signin.person import Person
from sluice.signin.robot import Robot, google_access_token
from sluice.state import State
from tests.support.client.service import Asked, Told, refusal, told
from tests.unit.client.conftest import Serve

ROBOT = "robot@project.iam.gserviceaccount.com"
SERVER = "https://sluice.example.org"
SIGN = f"POST /v1/projects/-/serviceAccounts/{ROBOT}:signJwt"
TOKEN = "GET /computeMetadata/v1/instance/service-accounts/default/token"


def sign(asked: Asked) -> Told:
    """What IAM Credentials answers: here the payload itself in place of a signed token."""
    assert asked.headers["authorization"] == "Bearer access"
    return told({"signedJwt": asked.json()["payload"]})


def test_a_jwt_for_the_whole_service_is_signed_for_an_hour_and_renewed(serve: Serve) -> None:
    service, now = serve({SIGN: sign}), [1_000_000.0]
    robot = Robot(ROBOT, SERVER, lambda: "access", Google(signing=service.address), clock=lambda: now[0])
    first = json.loads(robot.headers()["Authorization"].removeprefix("Bearer "))
    assert first == {"iss": ROBOT, "sub": ROBOT, "aud": f"{SERVER}/*", "iat": 1_000_000, "exp": 1_003_600}
    now[0] += 3299
    robot.headers()
    assert len(service.asked) == 1
    now[0] += 1
    assert '"exp": 1006900' in robot.headers()["Authorization"]


@pytest.mark.parametrize("answer", [refusal(403), refusal(404), told({})])
def test_an_account_that_may_not_sign_is_named_with_its_role(serve: Serve, answer: Told) -> None:
    service = serve({SIGN: answer})
    with pytest.raises(SignInError, match=f"{ROBOT}.*serviceAccountTokenCreator"):
        Robot(ROBOT, SERVER, lambda: "access", Google(signing=service.address)).headers()


def test_the_access_token_is_that_of_the_machine_or_of_gcloud(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = serve({TOKEN: told({"access_token": "of the machine"})})
    monkeypatch.setenv("GCE_METADATA_HOST", service.address.removeprefix("http://"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert google_access_token() == "of the machine"
    assert service.asked[0].headers["metadata-flavor"] == "Google"
    gcloud = tmp_path / "gcloud"
    gcloud.write_text("#!/bin/sh\necho of gcloud: $*\n")
    gcloud.chmod(0o755)
    assert google_access_token() == "of gcloud: auth print-access-token"


def test_without_credentials_the_error_says_what_to_do(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serve({})
    monkeypatch.setenv("GCE_METADATA_HOST", service.address.removeprefix("http://"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SignInError, match="gcloud auth login"):
        google_access_token()


@pytest.mark.parametrize(
    ("server", "environment", "kind"),
    [
        ("http://127.0.0.1:8080", {"SLUICE_SERVICE_ACCOUNT": ROBOT}, NamedUser),
        (SERVER, {"SLUICE_SERVICE_ACCOUNT": ROBOT}, Robot),
        (SERVER, {}, Person),
    ],
)
def test_the_way_of_signing_in_follows_from_the_address(
    tmp_path: Path, server: str, environment: dict[str, str], kind: type
) -> None:
    assert isinstance(sign_in_for(Settings.from_environment(environment, server), State(tmp_path)), kind)
