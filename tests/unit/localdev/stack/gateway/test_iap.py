"""The functions accept the assertions that the local signer makes."""

from pathlib import Path

import pytest

from common.domain.runs.access import Caller
from common.errors import AuthorizationError, UnauthenticatedError
from common.web.callers.identity import IapVerifier
from common.web.callers.keys import KeySet
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import ADMIN, DEFAULT_USER, HOSTED_DOMAIN, IAP_AUDIENCE


def _verifier(signer: IapSigner) -> IapVerifier:
    keys = KeySet("http://gateway/keys", fetch=lambda _url: signer.keys)
    return IapVerifier(IAP_AUDIENCE, HOSTED_DOMAIN, frozenset({ADMIN}), keys)


def test_a_function_accepts_the_assertion(tmp_path: Path) -> None:
    signer = IapSigner(tmp_path)
    verify = _verifier(signer).verify_iap_jwt
    assert verify(signer.assertion(DEFAULT_USER)) == Caller(email=DEFAULT_USER)
    assert verify(signer.assertion(ADMIN)) == Caller(email=ADMIN, is_admin=True)


def test_a_caller_from_another_domain_is_refused(tmp_path: Path) -> None:
    signer = IapSigner(tmp_path)
    with pytest.raises(AuthorizationError):
        _verifier(signer).verify_iap_jwt(signer.assertion("eve@elsewhere.example"))


def test_the_key_survives_a_restart(tmp_path: Path) -> None:
    earlier = IapSigner(tmp_path).assertion(DEFAULT_USER)
    assert _verifier(IapSigner(tmp_path)).verify_iap_jwt(earlier).email == DEFAULT_USER


def test_the_assertion_of_another_stack_is_refused(tmp_path: Path) -> None:
    stranger = IapSigner(tmp_path / "other").assertion(DEFAULT_USER)
    with pytest.raises(UnauthenticatedError):
        _verifier(IapSigner(tmp_path / "own")).verify_iap_jwt(stranger)


def test_only_the_owner_may_read_the_key(tmp_path: Path) -> None:
    IapSigner(tmp_path)
    assert (tmp_path / "iap.key").stat().st_mode & 0o077 == 0
