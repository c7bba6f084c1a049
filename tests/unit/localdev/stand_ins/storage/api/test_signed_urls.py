"""The expiry of signed URLs, and the file of their key."""

import datetime as dt
import io
import stat
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import pytest
from google.oauth2 import service_account

from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.storage.api.signed_urls import SIGNER, SignatureCheck, create_signer
from localdev.stand_ins.storage.errors import StorageError


def signed_request(age_s: float = 0, changed: Mapping[str, str] = MappingProxyType({})) -> Request:
    date = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age_s)
    query = {"X-Goog-Signature": "00", "X-Goog-Date": f"{date:%Y%m%dT%H%M%SZ}", "X-Goog-Expires": "60"} | dict(changed)
    return Request.read("GET", "/b/o?" + urlencode(query), Message(), io.BytesIO())


def test_a_url_is_valid_until_it_expires() -> None:
    SignatureCheck(None).require_valid(signed_request(age_s=50))

    with pytest.raises(StorageError, match="expired"):
        SignatureCheck(None).require_valid(signed_request(age_s=62))


@pytest.mark.parametrize("expires", ["0", "604801", "soon", "-5"])
def test_an_invalid_expiry_is_refused(expires: str) -> None:
    with pytest.raises(StorageError) as refusal:
        SignatureCheck(None).require_valid(signed_request(changed={"X-Goog-Expires": expires}))

    assert refusal.value.code == 400


def test_a_malformed_date_is_refused() -> None:
    with pytest.raises(StorageError, match="Malformed"):
        SignatureCheck(None).require_valid(signed_request(changed={"X-Goog-Date": "yesterday"}))


def test_a_url_with_missing_parameters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="X-Goog-SignedHeaders"):
        SignatureCheck(tmp_path).require_valid(signed_request())


def test_the_key_file_is_created_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = create_signer(tmp_path / "keys")
    first = file.read_text()

    assert create_signer(tmp_path / "keys").read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_google_auth_reads_the_key_file(tmp_path: Path) -> None:
    credentials = service_account.Credentials.from_service_account_file(str(create_signer(tmp_path)))

    assert credentials.signer_email == SIGNER
