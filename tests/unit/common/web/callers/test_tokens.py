import subprocess
import sys
import time

import pytest

from common.errors import UnauthenticatedError, UnavailableError
from common.web.callers.keys import KeySet
from common.web.callers.tokens import Trust, verified_claims
from tests.unit.common.web.conftest import Records
from tests.unit.common.web.signing import AUDIENCE, ec_key, iap_claims, token

KEY = ec_key()
HEADER = {"alg": "ES256", "kid": "a"}


def make_trust(published: dict[str, str]) -> Trust:
    keys = KeySet("https://keys.example", fetch=lambda _url: published)
    return Trust(algorithm="ES256", issuers=("https://cloud.google.com/iap",), audience=AUDIENCE, keys=keys)


def test_a_valid_token_gives_all_its_claims() -> None:
    claims = iap_claims(google={"access_levels": []})
    assert verified_claims(token(HEADER, claims, KEY.sign), make_trust({"a": KEY.public}), now=time.time()) == claims


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"aud": "/projects/2"}, "/projects/2"), ({"exp": 1}, "expired"), ({"iss": "me"}, "another issuer")],
)
def test_telemetry_has_the_reason_for_a_refusal(changes: dict[str, object], why: str, logged: Records) -> None:
    with pytest.raises(UnauthenticatedError):
        verified_claims(token(HEADER, iap_claims(**changes), KEY.sign), make_trust({"a": KEY.public}), now=time.time())
    assert why in logged.lines[0]


@pytest.mark.parametrize("cut", [1, 40, 100])
def test_telemetry_never_contains_the_token(cut: int, logged: Records) -> None:
    genuine = token(HEADER, iap_claims(), KEY.sign)
    for hostile in (genuine[:-cut], genuine[cut:], f"{genuine}.{genuine}"):
        with pytest.raises(UnauthenticatedError):
            verified_claims(hostile, make_trust({"a": KEY.public}), now=time.time())
    assert genuine[50:90] not in "".join(logged.lines)


def test_missing_keys_mean_unavailable_rather_than_unauthenticated() -> None:
    def away(_url: str) -> dict[str, str]:
        raise OSError("away")

    trust = Trust(algorithm="ES256", issuers=("i",), audience="a", keys=KeySet("https://keys.example", fetch=away))
    with pytest.raises(UnavailableError):
        verified_claims(token(HEADER, iap_claims(), KEY.sign), trust, now=time.time())


def test_verifying_a_token_loads_no_database_or_client_library() -> None:
    loads = "import sys, common.web.callers.identity, common.web.routing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "pydantic", "requests", "grpc", "google.api_core"} & set(loaded)
