"""The local front door vouches for callers in the way the functions believe."""

from pathlib import Path

import pytest

from common.domain.runs.access import Caller
from common.errors import AuthorizationError, UnauthenticatedError
from common.web.callers.identity import IapVerifier
from common.web.callers.keys import KeySet
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import ADMIN, DEFAULT_USER, HOSTED_DOMAIN, IAP_AUDIENCE


def _verifier(door: IapSigner) -> IapVerifier:
    keys = KeySet("http://front-door/keys", fetch=lambda _url: door.keys)
    return IapVerifier(IAP_AUDIENCE, HOSTED_DOMAIN, frozenset({ADMIN}), keys)


def test_a_function_believes_the_assertion(tmp_path: Path) -> None:
    door = IapSigner(tmp_path)
    verify = _verifier(door).verify_iap_jwt
    assert verify(door.assertion(DEFAULT_USER)) == Caller(email=DEFAULT_USER)
    assert verify(door.assertion(ADMIN)) == Caller(email=ADMIN, is_admin=True)


def test_a_member_of_another_domain_is_known_and_turned_away(tmp_path: Path) -> None:
    door = IapSigner(tmp_path)
    with pytest.raises(AuthorizationError):
        _verifier(door).verify_iap_jwt(door.assertion("eve@elsewhere.example"))


def test_the_key_outlives_a_restart(tmp_path: Path) -> None:
    earlier = IapSigner(tmp_path).assertion(DEFAULT_USER)
    assert _verifier(IapSigner(tmp_path)).verify_iap_jwt(earlier).email == DEFAULT_USER


def test_another_stacks_assertion_is_not_believed(tmp_path: Path) -> None:
    stranger = IapSigner(tmp_path / "other").assertion(DEFAULT_USER)
    with pytest.raises(UnauthenticatedError):
        _verifier(IapSigner(tmp_path / "own")).verify_iap_jwt(stranger)


def test_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    IapSigner(tmp_path)
    assert (tmp_path / "iap.key").stat().st_mode & 0o077 == 0
