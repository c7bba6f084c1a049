"""The service as a process: it keeps what it was told across a restart and across kill -9."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from localdev.stack.layout import LOGS_BUCKET
from localdev.stack.ports import free_port
from localdev.stand_ins.storage.service import StorageStandIn

PATIENCE_S = 20.0


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The stand-in as its supervisor starts it; killed at the end."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "localdev.stand_ins.storage",
        "--port",
        str(port),
        "--folder",
        str(folder),
        *options,
    ]
    process = subprocess.Popen(command)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=1)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the storage stand-in did not come up")


def put(url: str, name: str, content: bytes) -> dict[str, Any]:
    requests.post(f"{url}/storage/v1/b", json={"name": LOGS_BUCKET}, timeout=5)
    address = f"{url}/upload/storage/v1/b/{LOGS_BUCKET}/o?uploadType=media&name={name}"
    stored: dict[str, Any] = requests.post(address, data=content, timeout=5).json()
    return stored


def read(url: str, name: str) -> bytes:
    return requests.get(f"{url}/storage/v1/b/{LOGS_BUCKET}/o/{name}?alt=media", timeout=5).content


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_objects_outlive_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        first = put(url, "a", b"old")
        second = put(url, "a", b"new")

    with running(tmp_path) as (url, _):
        third = put(url, "b", b"x")
        assert read(url, "a") == b"new"

    assert int(first["generation"]) < int(second["generation"]) < int(third["generation"])


def test_notices_outlive_a_kill(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    with running(tmp_path, "--trigger-url", nobody) as (url, _):
        generations = [put(url, "a", b"x")["generation"] for _ in range(3)]

    with closing(sqlite3.connect(tmp_path / "storage.db")) as database:
        kept = [json.loads(row[0]) for row in database.execute("select resource from notices")]
    assert sorted(resource["generation"] for resource in kept) == generations


def test_a_resumable_upload_goes_on_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        put(url, "other", b"x")
        begin = f"{url}/upload/storage/v1/b/{LOGS_BUCKET}/o?uploadType=resumable&name=a"
        session = requests.post(begin, json={}, timeout=5).headers["location"].removeprefix(url)
        requests.put(url + session, data=b"abc", headers={"content-range": "bytes 0-2/*"}, timeout=5)

    with running(tmp_path) as (url, _):
        requests.put(url + session, data=b"def", headers={"content-range": "bytes 3-5/6"}, timeout=5)
        assert read(url, "a") == b"abcdef"


def test_files_that_a_kill_left_behind_are_removed(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        put(url, "a", b"x")
    (tmp_path / "blobs" / "ffff").write_bytes(b"never committed")
    (tmp_path / "staged" / "half").write_bytes(b"never finished")

    with running(tmp_path) as (url, _):
        assert read(url, "a") == b"x"

    assert len(files_in(tmp_path / "blobs")) == 1
    assert files_in(tmp_path / "staged") == []


def test_replaced_and_deleted_objects_leave_no_files(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        for _ in range(3):
            put(url, "a", b"x")
        put(url, "b", b"x")
        requests.delete(f"{url}/storage/v1/b/{LOGS_BUCKET}/o/b", timeout=5)

        assert len(files_in(tmp_path / "blobs")) == 1


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, stop: signal.Signals) -> None:
    with running(tmp_path) as (url, process), requests.Session() as keeping_a_connection:
        keeping_a_connection.get(url, timeout=5)

        process.send_signal(stop)

        assert process.wait(timeout=PATIENCE_S) == 0


def test_a_stopped_service_answers_nobody(tmp_path: Path) -> None:
    service = StorageStandIn(0, tmp_path)
    service.start()
    with requests.Session() as keeping_a_connection:
        keeping_a_connection.get(service.url, timeout=5)
        service.stop()

        with pytest.raises(requests.ConnectionError):
            keeping_a_connection.get(service.url, timeout=5)
