"""Finalized events: their content, their delivery and their retries."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from google.auth import jwt
from hypothesis import given
from hypothesis import strategies as st

from localdev.stack.layout import EVENTS_CALLER, LOGS_BUCKET, RUNS_BUCKET
from localdev.stack.ports import free_port
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.objects.notices import LONGEST_RETRY_S, Notice, Trigger, event_headers, retry_delay_s
from localdev.stand_ins.storage.service import StorageStandIn
from tests.unit.localdev.receiver import Received, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def url(receiver: Receiver) -> str:
    """The address that gets the notices."""
    return receiver.url("/")


def bodies(requests: Sequence[Received]) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in requests]


@contextmanager
def serving(
    folder: Path, url: str, *, duplicate_rate: float = 0.0, keys: Path | None = None
) -> Iterator[StorageStandIn]:
    service = StorageStandIn(0, folder / "storage", keys=keys, trigger=Trigger(LOGS_BUCKET, url, duplicate_rate))
    service.start()
    for bucket in (LOGS_BUCKET, RUNS_BUCKET):
        requests.post(f"{service.url}/storage/v1/b", json={"name": bucket}, timeout=30)
    yield service
    service.stop()


def put(service: StorageStandIn, name: str, bucket: str = LOGS_BUCKET, **conditions: int) -> dict[str, Any]:
    address = f"{service.url}/upload/storage/v1/b/{bucket}/o?uploadType=media"
    params: dict[str, str | int] = {"name": name, **conditions}
    response = requests.post(address, params=params, data=b"abc", timeout=30)
    stored: dict[str, Any] = response.json()
    return stored


def test_a_new_object_is_announced_as_a_cloud_event(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, url) as service:
        stored = put(service, "runs/run-1/logs/trace.txt")
        (request,) = receiver.wait_for("/")

    (body,), headers = bodies([request]), request.headers
    assert body == stored
    assert (body["generation"], body["size"]) == (str(int(body["generation"])), "3")
    assert headers["ce-type"] == "google.cloud.storage.object.v1.finalized"
    assert headers["ce-source"] == f"//storage.googleapis.com/projects/_/buckets/{LOGS_BUCKET}"
    assert headers["ce-subject"] == "objects/runs/run-1/logs/trace.txt"
    assert (headers["ce-specversion"], headers["ce-time"]) == ("1.0", stored["updated"])
    assert headers["content-type"] == "application/json"


def test_every_overwrite_is_announced(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, url) as service:
        generations = {put(service, "log")["generation"] for _ in range(20)}
        announced = {body["generation"] for body in bodies(receiver.wait_for("/", 20))}

    assert announced == generations


def test_other_buckets_and_failed_uploads_are_not_announced(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, url) as service:
        put(service, "inputs/a", RUNS_BUCKET)
        assert "error" in put(service, "refused", ifGenerationMatch=5)
        put(service, "last")
        names = [body["name"] for body in bodies(receiver.wait_for("/"))]

    assert names == ["last"]


def test_a_refused_notice_is_delivered_again_with_the_same_id(tmp_path: Path, receiver: Receiver, url: str) -> None:
    receiver.answers["/"].append(503)
    with serving(tmp_path, url) as service:
        put(service, "log")
        first, second = receiver.wait_for("/", 2)

    assert first.headers["ce-id"] == second.headers["ce-id"]


def test_different_notices_have_different_ids(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, url) as service:
        put(service, "log")
        put(service, "log")
        ids = {request.headers["ce-id"] for request in receiver.wait_for("/", 2)}

    assert len(ids) == 2


def test_a_slow_delivery_does_not_delay_the_next(tmp_path: Path, receiver: Receiver, url: str) -> None:
    gate = receiver.hold("/")
    with serving(tmp_path, url) as service:
        put(service, "slow")
        put(service, "next")
        assert len(receiver.wait_for("/", 2)) == 2
        gate.set()


def test_notices_are_signed_for_their_address(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, url, keys=tmp_path / "keys") as service:
        put(service, "log")
        (request,) = receiver.wait_for("/")

    token = request.headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, certs=OidcSigner(tmp_path / "keys").certs, audience=url)
    assert (claims["email"], claims["email_verified"]) == (EVENTS_CALLER, True)


def test_a_duplicate_rate_of_1_delivers_every_notice_twice(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, url, duplicate_rate=1.0) as service:
        put(service, "log")
        first, second = receiver.wait_for("/", 2)

    assert first.headers["ce-id"] == second.headers["ce-id"]


def test_a_notice_survives_a_stop(tmp_path: Path, receiver: Receiver, url: str) -> None:
    with serving(tmp_path, f"http://127.0.0.1:{free_port()}/") as service:
        stored = put(service, "log")

    with serving(tmp_path, url):
        (body,) = bodies(receiver.wait_for("/"))

    assert body["generation"] == stored["generation"]


def test_the_retry_delay_doubles_up_to_a_minute() -> None:
    assert [retry_delay_s(tries) for tries in range(4)] == [0.5, 1.0, 2.0, 4.0]
    assert retry_delay_s(7) == retry_delay_s(100_000) == LONGEST_RETRY_S


@given(st.text(min_size=1))
def test_any_object_name_is_encoded_for_a_header(name: str) -> None:
    notice = Notice("id", {"bucket": "b", "name": name, "updated": "2026-11-23T00:00:00.000Z"}, 0)

    subject = event_headers(notice)["ce-subject"]

    assert subject.isascii()
    assert subject.isprintable()
    assert unquote(subject) == f"objects/{name}"
