"""The signer of the OIDC tokens."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.auth import jwt

from localdev.stand_ins.oidc import OidcSigner

MAIL, AUDIENCE = "tasks@local-lab.iam.gserviceaccount.com", "https://worker.example"


def test_a_token_verifies_with_the_certificates(tmp_path: Path) -> None:
    signer = OidcSigner(tmp_path)
    claims = jwt.decode(signer.token(MAIL, AUDIENCE), certs=signer.certs, audience=AUDIENCE)
    assert (claims["email"], claims["email_verified"]) == (MAIL, True)
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["exp"] - claims["iat"] == 3600


def test_a_token_is_invalid_for_another_audience(tmp_path: Path) -> None:
    signer = OidcSigner(tmp_path)
    with pytest.raises(ValueError, match="audience"):
        jwt.decode(signer.token(MAIL, AUDIENCE), certs=signer.certs, audience="https://other.example")


def test_tokens_stay_valid_after_a_restart(tmp_path: Path) -> None:
    token = OidcSigner(tmp_path).token(MAIL, AUDIENCE)
    assert jwt.decode(token, certs=OidcSigner(tmp_path).certs, audience=AUDIENCE)["email"] == MAIL


def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    OidcSigner(tmp_path)
    assert (tmp_path / "oidc.key").stat().st_mode & 0o077 == 0


def test_signers_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        signers = list(pool.map(OidcSigner, [tmp_path] * 4))
    for signer in signers:
        assert jwt.decode(signer.token(MAIL, AUDIENCE), certs=signers[0].certs, audience=AUDIENCE)
