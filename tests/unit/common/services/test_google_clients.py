"""The arguments of Google's clients, and the translation of their errors."""

import logging

import pytest
import requests
from google.api_core import exceptions as google_errors
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from common.errors import RoleMissingError, UnavailableError
from common.services.google_clients import rest_client_arguments, translate_google_errors


def test_without_an_endpoint_the_library_chooses_address_and_credentials() -> None:
    assert rest_client_arguments(None) == {"transport": "rest"}


def test_another_endpoint_is_called_without_credentials() -> None:
    arguments = rest_client_arguments("http://127.0.0.1:1")

    assert isinstance(arguments.pop("credentials"), AnonymousCredentials)
    assert arguments == {"transport": "rest", "client_options": {"api_endpoint": "http://127.0.0.1:1"}}


@pytest.mark.parametrize(
    "error",
    [
        google_errors.InternalServerError("500"),
        google_errors.BadGateway("502"),
        google_errors.ServiceUnavailable("503"),
        google_errors.GatewayTimeout("504"),
        google_errors.TooManyRequests("429"),
        google_errors.from_http_status(408, "408"),
        google_errors.RetryError("too long", cause=None),
        TransportError("no connection"),
        RefreshError("no token"),
        DefaultCredentialsError("no metadata server"),
        requests.ConnectionError("refused"),
        requests.ReadTimeout("slow"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
)
def test_temporary_errors_raise_unavailable(error: Exception) -> None:
    with (
        pytest.raises(UnavailableError, match="Cloud Storage is unavailable") as raised,
        translate_google_errors("Cloud Storage"),
    ):
        raise error

    assert raised.value.__cause__ is error


def test_a_403_raises_role_missing_and_logs_which_role_to_grant(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("sluice"), "propagate", True)
    with (
        pytest.raises(RoleMissingError) as raised,
        translate_google_errors("Cloud Batch", role="roles/r on the project"),
    ):
        raise google_errors.Forbidden("Permission 'batch.jobs.get' denied on projects/lab")

    assert raised.value.message.startswith("Cloud Batch refuses access to Sluice; an operator has to grant it the role")
    (record,) = set(caplog.records)  # pytest adds its handler to a logger that does not propagate, too
    logged = vars(record)
    assert (logged["action"], logged["why"]) == ("role_missing", "Permission 'batch.jobs.get' denied on projects/lab")
    assert logged["do"].startswith("grant roles/r on the project to the service account of this function")


@pytest.mark.parametrize(
    "error",
    [google_errors.BadRequest("400"), google_errors.Forbidden("403"), google_errors.NotFound("404"), KeyError()],
)
def test_other_errors_are_not_translated(error: Exception) -> None:
    with pytest.raises(type(error)), translate_google_errors("Cloud Storage"):
        raise error
