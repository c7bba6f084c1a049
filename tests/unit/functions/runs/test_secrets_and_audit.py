"""Secrets in runs never leave, and what administrators look at is recorded."""

import json
import logging
from typing import Any

import pytest

from common.domain.runs.status import RunStatus
from common.domain.text.secrets import HIDDEN
from tests.support.actions.stage import ADMIN, RUN, Stage
from tests.support.runs import NOON, OWNER
from tests.support.secrets import SHAPES
from tests.support.telemetry import recorded_actions
from tests.unit.functions.runs.conftest import Ask

SEED = "hunter2hunter2"


@pytest.fixture
def failed(stage: Stage) -> Stage:
    """A failed run with secrets in its params and its error."""
    params = {"genome": "GRCh38", "protocol": "10XV3", "api_key": SEED, "source": f"https://ana:{SEED}@lab.example/x"}
    stage.running(params=params | {f"shape_{n}": secret for n, secret in enumerate(SHAPES)})
    facts: dict[str, Any] = {"error_message": f"login failed: password={SEED}", "error_task": "ALIGN"}
    facts["diagnosis"] = {"cause": "unknown", "evidence": [{"line": f"token: {SEED}", "source": "nextflow.log"}]}
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON, facts=facts)
    return stage


def texts(answer: Any) -> str:  # noqa: ANN401 a Response of any kind
    return json.dumps(json.loads(answer.data), ensure_ascii=False)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"/api/runs/{RUN}"), ("GET", "/api/runs"), ("POST", f"/api/runs/{RUN}/recover?plan=true")],
)
def test_no_answer_shows_a_secret_of_a_run(failed: Stage, ask: Ask, method: str, path: str) -> None:
    body = {"reuse_work_dir": False} if method == "POST" else None
    shown = texts(ask(method, path, body))
    assert SEED not in shown
    assert not any(part in shown for parts in SHAPES.values() for part in parts)
    assert HIDDEN in shown or "faults" in shown


def test_a_faults_message_does_not_quote_a_secret(failed: Stage, ask: Ask) -> None:
    answer = ask("POST", f"/api/runs/{RUN}/recover", {"override_params": {"my_password": SEED}})
    assert answer.status_code == 422
    assert SEED not in texts(answer)


def test_hidden_values_cannot_be_submitted(stage: Stage, ask: Ask) -> None:
    for changes in ({"params": {"genome": HIDDEN}}, {"config_content": f"tower.accessToken = '{HIDDEN}'"}):
        body = {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": "sample,fastq_1,fastq_2\n", **changes}
        answer = ask("POST", "/api/runs", body)
        assert answer.status_code == 422
        assert "stands for a hidden value" in texts(answer)


def test_what_an_administrator_sees_of_others_is_recorded(
    failed: Stage, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sluice")
    with recorded_actions() as actions:
        ask("GET", f"/api/runs/{RUN}", caller=OWNER)
        assert "admin_looked" not in actions
        ask("GET", f"/api/runs/{RUN}", caller=ADMIN.email)
        ask("GET", "/api/runs?all=true", caller=ADMIN.email)
        ask("GET", "/api/runs", caller=ADMIN.email)
        assert [action for action in actions if action.startswith("admin_")] == ["admin_looked", "admin_listed"]
