"""How Google's clients are addressed, and which of their failures may pass."""

import logging

import pytest
import requests
from google.api_core import exceptions as google_errors
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import TransportError

from common.errors import RoleMissingError, UnavailableError
from common.services.google_clients import rest_client_arguments, unavailable_when_away


def test_google_is_addressed_as_the_library_does_it() -> None:
    assert rest_client_arguments(None) == {"transport": "rest"}


def test_another_address_is_asked_without_credentials() -> None:
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
        google_errors.RetryError("too long", cause=None),
        TransportError("no token"),
        requests.ConnectionError("refused"),
        requests.ReadTimeout("slow"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
)
def test_what_may_pass_is_unavailable(error: Exception) -> None:
    with (
        pytest.raises(UnavailableError, match="Cloud Storage is away") as raised,
        unavailable_when_away("Cloud Storage"),
    ):
        raise error

    assert raised.value.__cause__ is error


def test_an_account_of_ours_that_is_refused_lacks_a_role_which_only_the_operator_is_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("sluice"), "propagate", True)
    with pytest.raises(RoleMissingError) as raised, unavailable_when_away("Cloud Batch", role="roles/r on the project"):
        raise google_errors.Forbidden("Permission 'batch.jobs.get' denied on projects/lab")

    assert raised.value.message.startswith("Cloud Batch does not let Sluice in; its operator has to grant a role")
    (record,) = caplog.records
    told = vars(record)
    assert (told["action"], told["why"]) == ("role_missing", "Permission 'batch.jobs.get' denied on projects/lab")
    assert told["do"].startswith("grant roles/r on the project to the service account of this function")


@pytest.mark.parametrize(
    "error",
    [google_errors.BadRequest("400"), google_errors.Forbidden("403"), google_errors.NotFound("404"), KeyError()],
)
def test_what_will_not_pass_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)), unavailable_when_away("Cloud Storage"):
        raise error
