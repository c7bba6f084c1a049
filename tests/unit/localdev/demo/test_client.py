"""The demo's use of the Python client."""

from pathlib import Path

import pytest

from localdev.demo.client import connected, require_answer, submitted
from sluice.errors import NotFoundError
from tests.support.client.objects import run_json, user_json
from tests.support.client.service import StubService, told

REQUEST = {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": "sample\na\n", "source_ngs_runs": ["NB0231"]}


def test_a_request_is_submitted_as_it_is_by_the_default_user(tmp_path: Path) -> None:
    answers = {"GET /api/users/me": told(user_json()), "POST /api/runs": told(run_json(sample_count=1), 201)}
    with StubService(answers).serving() as stack, connected(stack.address, tmp_path / "client") as sluice:
        require_answer(sluice)
        run = submitted(sluice, REQUEST)
    assert (run.id, run.created["sample_count"]) == ("run-0000000a", 1)
    assert stack.asked[-1].json() == REQUEST
    assert "x-dev-user" not in stack.asked[-1].headers
    assert {path.name for path in tmp_path.iterdir()} == {"client"}


def test_another_program_is_no_stack(tmp_path: Path) -> None:
    with (
        StubService({}).serving() as program,
        connected(program.address, tmp_path) as sluice,
        pytest.raises(NotFoundError),
    ):
        require_answer(sluice)


def test_a_stack_that_stopped_is_not_waited_for(tmp_path: Path) -> None:
    with connected("http://127.0.0.1:1", tmp_path) as sluice:
        assert not sluice.api.transport.patience().pause(5.1)
