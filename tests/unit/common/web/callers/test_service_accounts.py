import time
from collections.abc import Callable

import pytest

from common.errors import AuthorizationError, UnauthenticatedError
from common.web.callers.keys import KeySet
from common.web.callers.service_accounts import OidcVerifier
from tests.unit.common.web.signing import CALLER, Claims, ec_key, oidc_claims, rsa_key, token

KEY, STRANGERS_KEY, EC_KEY = rsa_key(), rsa_key(), ec_key()
AUDIENCE = "https://worker.example"


def make_verifier() -> OidcVerifier:
    keys = KeySet("https://certs.example", fetch=lambda _url: {"a": KEY.public, "ec": EC_KEY.public})
    return OidcVerifier(AUDIENCE, frozenset({CALLER}), keys)


def bearer(**changes: object) -> str:
    return "Bearer " + token({"alg": "RS256", "kid": "a"}, oidc_claims(**changes), KEY.sign)


# built when the test runs, because collection may be minutes earlier
UNVERIFIABLE: dict[str, Callable[[], str | None]] = {
    "no header": lambda: None,
    "empty header": lambda: "",
    "no scheme": lambda: bearer().removeprefix("Bearer "),
    "another scheme": lambda: bearer().replace("Bearer", "Basic"),
    "no token": lambda: "Bearer ",
    "garbage": lambda: "Bearer garbage",
    "alg none": lambda: "Bearer " + token({"alg": "none", "kid": "a"}, oidc_claims(), lambda _text: b""),
    "ES256 by a published key": lambda: "Bearer " + token({"alg": "ES256", "kid": "ec"}, oidc_claims(), EC_KEY.sign),
    "RS256 that names an EC key": lambda: "Bearer " + token({"alg": "RS256", "kid": "ec"}, oidc_claims(), KEY.sign),
    "no kid": lambda: "Bearer " + token({"alg": "RS256"}, oidc_claims(), KEY.sign),
    "signed by a stranger": lambda: "Bearer " + token({"alg": "RS256", "kid": "a"}, oidc_claims(), STRANGERS_KEY.sign),
    "IAP's issuer": lambda: bearer(iss="https://cloud.google.com/iap"),
    "another audience": lambda: bearer(aud="https://other.example"),
    "no audience": lambda: bearer(aud=None),
    "expired": lambda: bearer(exp=int(time.time()) - 60),
    "no email": lambda: bearer(email=None),
    "email not verified": lambda: bearer(email_verified=False),
    "email verified as a text": lambda: bearer(email_verified="true"),
    "no email_verified claim": lambda: bearer(email_verified=None),
}


@pytest.mark.parametrize("hostile", UNVERIFIABLE.values(), ids=UNVERIFIABLE.keys())
def test_a_token_that_cannot_be_verified_is_refused(hostile: Callable[[], str | None]) -> None:
    with pytest.raises(UnauthenticatedError):
        make_verifier().verify(hostile())


def test_another_service_account_is_forbidden() -> None:
    with pytest.raises(AuthorizationError):
        make_verifier().verify(bearer(email="other@project.iam.gserviceaccount.com"))


@pytest.mark.parametrize(
    "changes", [{}, {"iss": "accounts.google.com"}, {"email": CALLER.upper()}], ids=["plain", "bare issuer", "upper"]
)
def test_a_known_service_account_is_accepted(changes: Claims) -> None:
    assert make_verifier().verify(bearer(**changes)) == CALLER


def test_the_scheme_may_be_in_lower_case() -> None:
    assert make_verifier().verify(bearer().replace("Bearer", "bearer")) == CALLER
