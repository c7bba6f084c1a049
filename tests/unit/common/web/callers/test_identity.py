import hashlib
import hmac
import time
from collections.abc import Callable

import pytest
from werkzeug.datastructures import Headers

from common.errors import AuthorizationError, SluiceError, UnauthenticatedError
from common.web.callers.identity import ASSERTION_HEADER, IapVerifier, get_current_user
from common.web.callers.keys import KeySet
from tests.unit.common.web.signing import AUDIENCE, DOMAIN, Claims, ec_key, iap_claims, rsa_key, token

KEY, SPARE_KEY, STRANGERS_KEY, RSA_KEY = ec_key(), ec_key(), ec_key(), rsa_key()
PUBLISHED = {"a": KEY.public, "b": SPARE_KEY.public, "rsa": RSA_KEY.public}
ROBOT, ADMIN_ROBOT = (f"{name}@lab-1.iam.gserviceaccount.com" for name in ("robot", "admin"))
ES256 = {"alg": "ES256", "typ": "JWT", "kid": "a"}


def make_verifier(clock: Callable[[], float] = time.time) -> IapVerifier:
    keys = KeySet("https://keys.example", fetch=lambda _url: PUBLISHED)
    admins = frozenset({f"admin@{DOMAIN}", ADMIN_ROBOT})
    return IapVerifier(AUDIENCE, DOMAIN, admins, keys, clock, service_accounts=frozenset({ROBOT, ADMIN_ROBOT}))


def assertion(**changes: object) -> str:
    return token(ES256, iap_claims(**changes), KEY.sign)


def with_header(claims: Claims | None = None, **changes: object) -> str:
    header = {name: value for name, value in (ES256 | changes).items() if value is not None}
    return token(header, claims or iap_claims(), KEY.sign)


def hs256_with_the_public_key() -> str:
    def sign(text: bytes) -> bytes:
        return hmac.new(KEY.public.encode(), text, hashlib.sha256).digest()

    return token(ES256 | {"alg": "HS256"}, iap_claims(), sign)


def with_other_claims(good: str) -> str:
    header, _, signature = good.split(".")
    return f"{header}.{assertion(email=f'admin@{DOMAIN}').split('.')[1]}.{signature}"


def seconds_from_now(seconds: int) -> int:
    return int(time.time()) + seconds


# built when the test runs, because collection may be minutes earlier
UNVERIFIABLE: dict[str, Callable[[], str]] = {
    "alg none, unsigned": lambda: token({"alg": "none", "kid": "a"}, iap_claims(), lambda _text: b""),
    "alg none, signed": lambda: with_header(alg="none"),
    "alg absent": lambda: with_header(alg=None),
    "alg is a list": lambda: with_header(alg=["ES256"]),
    "alg in lower case": lambda: with_header(alg="es256"),
    "HS256 with the public key as secret": hs256_with_the_public_key,
    "RS256 by a published RSA key": lambda: token({"alg": "RS256", "kid": "rsa"}, iap_claims(), RSA_KEY.sign),
    "ES256 that names an RSA key": lambda: with_header(kid="rsa"),
    "unknown kid": lambda: with_header(kid="z"),
    "no kid": lambda: with_header(kid=None),
    "empty kid": lambda: with_header(kid=""),
    "kid is a list": lambda: with_header(kid=["a"]),
    "kid of another published key": lambda: with_header(kid="b"),
    "signed by a stranger": lambda: token(ES256, iap_claims(), STRANGERS_KEY.sign),
    "signature absent": lambda: token(ES256, iap_claims(), lambda _text: b""),
    "signature too short": lambda: token(ES256, iap_claims(), lambda text: KEY.sign(text)[:-1]),
    "claims exchanged after signing": lambda: with_other_claims(assertion()),
    "another issuer": lambda: assertion(iss="https://evil.example"),
    "issuer with a slash more": lambda: assertion(iss="https://cloud.google.com/iap/"),
    "no issuer": lambda: assertion(iss=None),
    "issuer is a list": lambda: assertion(iss=["https://cloud.google.com/iap"]),
    "another audience": lambda: assertion(aud="/projects/1/global/backendServices/2"),
    "audience cut short": lambda: assertion(aud=AUDIENCE[:-2]),
    "audience is a list": lambda: assertion(aud=[AUDIENCE]),
    "no audience": lambda: assertion(aud=None),
    "expired": lambda: assertion(exp=seconds_from_now(-600)),
    "expired, just outside the skew": lambda: assertion(exp=seconds_from_now(-32)),
    "no expiry": lambda: assertion(exp=None),
    "expiry is a text": lambda: assertion(exp="9999999999"),
    "expiry is true": lambda: assertion(exp=True),
    "expiry is NaN": lambda: assertion(exp=float("nan")),
    "issued in the future": lambda: assertion(iat=seconds_from_now(600)),
    "issued in the future, just outside the skew": lambda: assertion(iat=seconds_from_now(40)),
    "no time of issue": lambda: assertion(iat=None),
    "time of issue is a text": lambda: assertion(iat="0"),
    "not yet valid": lambda: assertion(nbf=seconds_from_now(600)),
    "not valid before a text": lambda: assertion(nbf="0"),
    "no email": lambda: assertion(email=None),
    "empty email": lambda: assertion(email=""),
    "email is a list": lambda: assertion(email=[f"ana@{DOMAIN}"]),
    "email without @": lambda: assertion(email=DOMAIN),
    "email without a name": lambda: assertion(email=f"@{DOMAIN}"),
    "email with two @": lambda: assertion(email=f"ana@evil.example@{DOMAIN}"),
    "email with a line break": lambda: assertion(email=f"ana\n@{DOMAIN}"),
    "email with a line break at the end": lambda: assertion(email=f"ana@{DOMAIN}\n"),
    "email with a space": lambda: assertion(email=f"ana b@{DOMAIN}"),
    "email of 1000 characters": lambda: assertion(email=f"{'a' * 1000}@{DOMAIN}"),
    "empty": lambda: "",
    "garbage": lambda: "garbage",
    "two dots": lambda: "..",
    "four segments": lambda: assertion() + ".e30",
    "two assertions joined by a comma": lambda: f"{assertion()},{assertion()}",
    "not base64": lambda: "\u00e9.\u00e9.\u00e9",
    "header is a list": lambda: token([], iap_claims(), KEY.sign),
    "claims are a list": lambda: token(ES256, [], KEY.sign),
    "huge": lambda: assertion(pad="x" * 100_000),
    "header nested 2,000 deep": lambda: token(b"[" * 2000 + b"]" * 2000, iap_claims(), KEY.sign),
    "with Bearer before it": lambda: f"Bearer {assertion()}",
}

FOREIGN: dict[str, Callable[[], str]] = {
    "another hosted domain": lambda: assertion(hd="evil.example"),
    "no hosted domain, as with consumer accounts": lambda: assertion(hd=None),
    "hosted domain is a list": lambda: assertion(hd=[DOMAIN]),
    "address of another domain": lambda: assertion(email="ana@evil.example"),
    "address of a domain that ends alike": lambda: assertion(email=f"ana@evil-{DOMAIN}"),
    "address of a domain that starts alike": lambda: assertion(email=f"ana@{DOMAIN}.evil"),
    "address of a subdomain": lambda: assertion(email=f"ana@sub.{DOMAIN}"),
    "a service account that is not listed": lambda: assertion(email=f"x{ROBOT}", hd=None),
    "a listed name in another project": lambda: assertion(email=ROBOT.replace("lab-1", "lab-2"), hd=None),
    "a service account of this domain": lambda: assertion(email=f"x{ROBOT}"),
    "a listed service account of this domain": lambda: assertion(email=ROBOT),
    "a listed service account of another domain": lambda: assertion(email=ROBOT, hd="evil.example"),
    "a domain that goes on": lambda: assertion(email=f"{ROBOT}.evil.example", hd=None),
    "a domain that begins alike": lambda: assertion(email=ROBOT.replace(".com", ".co"), hd=None),
    "a domain that ends alike": lambda: assertion(email="robot@lab-1.iam.evil-gserviceaccount.com", hd=None),
    "a letter that looks alike": lambda: assertion(email=ROBOT.replace("lab", "1ab"), hd=None),
}


@pytest.mark.parametrize("hostile", UNVERIFIABLE.values(), ids=UNVERIFIABLE.keys())
def test_an_assertion_that_cannot_be_verified_is_refused(hostile: Callable[[], str]) -> None:
    with pytest.raises(UnauthenticatedError):
        make_verifier().verify_iap_jwt(hostile())


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_verified_caller_from_another_domain_is_forbidden(foreign: Callable[[], str]) -> None:
    with pytest.raises(AuthorizationError):
        make_verifier().verify_iap_jwt(foreign())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"exp": -10},
        {"iat": 20},
        {"nbf": 20},
        {"nbf": -5},
        {"iat": -0.5},
    ],
    ids=["plain", "expired within the skew", "issued within the skew", "valid within the skew", "valid", "fraction"],
)
def test_a_valid_assertion_names_its_caller(changes: dict[str, float]) -> None:
    now = time.time()
    caller = make_verifier().verify_iap_jwt(assertion(**{name: now + seconds for name, seconds in changes.items()}))
    assert (caller.email, caller.is_admin) == (f"ana@{DOMAIN}", False)


def test_addresses_are_case_insensitive() -> None:
    caller = make_verifier().verify_iap_jwt(assertion(email="Admin@LAB.example"))
    assert (caller.email, caller.is_admin) == (f"admin@{DOMAIN}", True)


@pytest.mark.parametrize("written", [ROBOT, ROBOT.upper()])
def test_a_listed_service_account_is_a_caller(written: str) -> None:
    caller = make_verifier().verify_iap_jwt(assertion(email=written, hd=None))
    assert (caller.email, caller.is_admin) == (ROBOT, False)


def test_a_service_account_is_an_administrator_only_if_it_is_listed_as_one() -> None:
    assert make_verifier().verify_iap_jwt(assertion(email=ADMIN_ROBOT, hd=None)).is_admin


def test_an_unknown_service_account_is_told_who_can_admit_it() -> None:
    with pytest.raises(AuthorizationError, match=r"x@lab-1\.iam.* add it to service_accounts"):
        make_verifier().verify_iap_jwt(assertion(email="x@lab-1.iam.gserviceaccount.com", hd=None))


def test_the_verifier_uses_its_clock() -> None:
    with pytest.raises(UnauthenticatedError):
        make_verifier(clock=lambda: time.time() + 3600).verify_iap_jwt(assertion())


def test_an_error_does_not_contain_the_assertion() -> None:
    hostile = {"unknown kid": with_header(kid="tell-me"), "issuer": assertion(iss="tell-me"), "garbage": "tell-me"}
    for sent in hostile.values():
        with pytest.raises(SluiceError) as raised:
            make_verifier().verify_iap_jwt(sent)
        assert "tell-me" not in raised.value.message


def test_the_assertion_header_names_the_caller() -> None:
    headers = Headers({"X-Goog-IAP-JWT-Assertion": assertion()})
    assert get_current_user(headers, make_verifier()).email == f"ana@{DOMAIN}"


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "X-Forwarded-Authorization",
        "X-Forwarded-User",
        "X-Apigateway-Api-Userinfo",
        "X-Dev-User",
        "X-Goog-Authenticated-User-Email",
        "Cookie",
    ],
)
@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_no_other_header_is_an_identity(name: str, prefix: str) -> None:
    with pytest.raises(UnauthenticatedError):
        get_current_user(Headers({name: prefix + assertion()}), make_verifier())


def test_two_assertions_are_refused() -> None:
    headers = Headers([(ASSERTION_HEADER, assertion()), (ASSERTION_HEADER, assertion())])
    with pytest.raises(UnauthenticatedError):
        get_current_user(headers, make_verifier())


def test_a_debug_caller_replaces_the_assertion() -> None:
    caller = get_current_user(Headers(), make_verifier(), debug_caller=f"Admin@{DOMAIN}")
    assert (caller.email, caller.is_admin) == (f"admin@{DOMAIN}", True)


@pytest.mark.parametrize("debug_caller", [None, ""])
def test_without_assertion_and_debug_caller_the_request_is_refused(debug_caller: str | None) -> None:
    with pytest.raises(UnauthenticatedError):
        get_current_user(Headers(), make_verifier(), debug_caller)
