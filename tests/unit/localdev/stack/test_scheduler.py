"""The timer that replaces Cloud Scheduler."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from google.auth import jwt

from localdev.stack.layout import SCHEDULER_CALLER
from localdev.stack.scheduler import Timer
from localdev.stand_ins.oidc import OidcSigner
from tests.unit.localdev.receiver import Receiver

AUDIENCE = "https://worker"


def test_a_call_carries_an_empty_object_and_the_schedulers_token(tmp_path: Path) -> None:
    with Receiver() as receiver:
        Timer(tmp_path, receiver.url("/work/reconcile"), AUDIENCE).call()
        (request,) = receiver.received("/work/reconcile")
    token = request.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, certs=OidcSigner(tmp_path).certs, audience=AUDIENCE)
    assert claims["email"] == SCHEDULER_CALLER
    assert (request.method, json.loads(request.body)) == ("POST", {})
    assert request.headers["User-Agent"] == "Google-Cloud-Scheduler"
    assert request.headers["X-CloudScheduler"] == "true"
    assert request.headers["Content-Type"] == "application/json"


def test_a_failed_call_is_logged_in_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Receiver() as receiver:
        receiver.answers["/"].append(503)
        Timer(tmp_path, receiver.url("/"), AUDIENCE).call()
    Timer(tmp_path, "http://127.0.0.1:1/", AUDIENCE).call()
    answered, unanswered = (record.getMessage() for record in caplog.records)
    assert "answered with HTTP 503" in answered
    assert "was not answered" in unanswered
    assert "\n" not in answered + unanswered


def test_it_calls_at_the_interval_until_sigterm(tmp_path: Path) -> None:
    with Receiver() as receiver:
        receiver.answers["/"].append(500)
        options = {"--keys": str(tmp_path), "--url": receiver.url("/"), "--audience": AUDIENCE, "--every": "0.05"}
        command = [
            sys.executable,
            "-m",
            "localdev.stack.scheduler",
            *(word for option in options.items() for word in option),
        ]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        receiver.wait_for("/", 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
