"""The request of one attempt."""

import base64
from pathlib import Path

import pytest
import requests
from google.auth.transport.requests import Request
from google.cloud import tasks_v2
from google.oauth2 import id_token

from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.tasks.delivery import NotDeliveredError, cloud_tasks_headers, deliver, send
from localdev.stand_ins.tasks.new_task import read_new_task
from localdev.stand_ins.tasks.service import TasksStandIn
from localdev.stand_ins.tasks.task import CloudTask, begun
from tests.unit.localdev.receiver import Receiver
from tests.unit.localdev.stand_ins.tasks.conftest import QUEUE

Client = tasks_v2.CloudTasksClient
MAIL = "tasks@p.iam.gserviceaccount.com"


def make_task(url: str, **request: object) -> CloudTask:
    """A task in its first attempt, as the dispatcher passes it to `deliver`."""
    message = {"name": f"{QUEUE}/tasks/t1", "httpRequest": {"url": url, **request}}
    return begun(read_new_task(QUEUE, message, now=1_600_000_000.5), at=1_600_000_001.0)


def test_an_attempt_has_the_headers_of_cloud_tasks(tmp_path: Path, receiver: Receiver) -> None:
    assert deliver(make_task(receiver.url("/h")), OidcSigner(tmp_path)) == 200
    (request,) = receiver.received("/h")
    assert request.headers["User-Agent"] == "Google-Cloud-Tasks"
    assert {name: value for name, value in request.headers.items() if name.startswith("X-CloudTasks-")} == {
        "X-CloudTasks-QueueName": "q1",
        "X-CloudTasks-TaskName": "t1",
        "X-CloudTasks-TaskRetryCount": "0",
        "X-CloudTasks-TaskExecutionCount": "0",
        "X-CloudTasks-TaskETA": "1600000000.500000",
    }


def test_only_a_retry_has_the_previous_response_header(tmp_path: Path) -> None:
    assert "X-CloudTasks-TaskPreviousResponse" not in cloud_tasks_headers(make_task("http://a"))


def test_an_attempt_has_the_method_headers_and_body_of_its_task(tmp_path: Path, receiver: Receiver) -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    deliver(make_task(receiver.url("/own"), httpMethod="PUT", headers={"X-Mine": "1"}, body=body), OidcSigner(tmp_path))
    (request,) = receiver.received("/own")
    assert (request.method, request.headers["X-Mine"], request.body) == ("PUT", "1", b"\x00\xff")
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize("name", ["User-Agent", "X-CloudTasks-TaskName", "x-google-caller", "X-AppEngine-Queue"])
def test_a_task_cannot_set_the_headers_of_cloud_tasks(tmp_path: Path, receiver: Receiver, name: str) -> None:
    deliver(make_task(receiver.url("/f"), headers={name: "forged"}), OidcSigner(tmp_path))
    assert "forged" not in receiver.received("/f")[0].headers.values()


def test_a_response_after_the_deadline_does_not_count(receiver: Receiver) -> None:
    receiver.hold("/late")
    with pytest.raises(NotDeliveredError):
        send("POST", receiver.url("/late"), {}, b"", timeout_s=0.1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://127.0.0.1:notaport/", "http://127.0.0.1/\u00e9 x"])
def test_an_unreachable_url_gives_no_status(tmp_path: Path, url: str) -> None:
    assert deliver(make_task(url), OidcSigner(tmp_path)) is None


def test_the_served_certificates_verify_the_token(
    client: Client, queue: str, service: TasksStandIn, receiver: Receiver
) -> None:
    token = tasks_v2.OidcToken(service_account_email=MAIL, audience="https://worker")
    http_request = tasks_v2.HttpRequest(url=receiver.url("/o"), oidc_token=token)
    client.create_task(parent=queue, task=tasks_v2.Task(http_request=http_request))
    (request,) = receiver.wait_for("/o")
    with requests.Session() as session:
        claims = id_token.verify_token(
            request.headers["Authorization"].removeprefix("Bearer "),
            Request(session),
            audience="https://worker",
            certs_url=f"http://127.0.0.1:{service.port}/certs",
        )
    assert (claims["email"], claims["email_verified"]) == (MAIL, True)
    assert claims["iss"] == "https://accounts.google.com"


def test_the_default_audience_of_a_token_is_the_url(tmp_path: Path, receiver: Receiver) -> None:
    deliver(make_task(receiver.url("/aud"), oidcToken={"serviceAccountEmail": MAIL}), OidcSigner(tmp_path))
    token = receiver.received("/aud")[0].headers["Authorization"].split(".")[1]
    assert receiver.url("/aud").encode() in base64.urlsafe_b64decode(token + "==")


def test_a_task_without_a_token_is_sent_without_one(tmp_path: Path, receiver: Receiver) -> None:
    deliver(make_task(receiver.url("/anonymous")), OidcSigner(tmp_path))
    assert "Authorization" not in receiver.received("/anonymous")[0].headers
