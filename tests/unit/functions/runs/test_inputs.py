"""The inputs of a run are the request that made it."""

import json
from typing import Any

import pytest

from common.domain.text.secrets import HIDDEN
from common.schemas.runs import RunCreateRequest
from localdev.stack.environment import ROOT
from localdev.stack.welcome import EXAMPLE
from tests.support.actions.stage import BEN, RUN, Stage
from tests.unit.functions.runs.conftest import Ask

PATH = f"/api/runs/{RUN}/inputs"
REQUEST = json.loads((ROOT / EXAMPLE).read_bytes())


def submit(ask: Ask, **changes: Any) -> None:  # noqa: ANN401 any JSON
    answer = ask("POST", "/api/runs", REQUEST | changes)
    assert answer.status_code == 201, answer.data


def inputs(ask: Ask) -> Any:  # noqa: ANN401 any JSON
    answer = ask("GET", PATH)
    assert answer.status_code == 200, answer.data
    return json.loads(answer.data)


@pytest.mark.parametrize("config", [None, "process.maxRetries = 2\n"])
def test_the_inputs_can_be_sent_again(stage: Stage, ask: Ask, config: str | None) -> None:
    submit(ask, config_content=config)
    stage.numbers = [0x5E6F7A8B]

    again = inputs(ask)
    assert ask("POST", "/api/runs", again).status_code == 201

    sent = RunCreateRequest.model_validate(REQUEST | {"config_content": config})
    assert again == sent.model_dump(mode="json", exclude={"name", "notify"})
    files = {name: content for (run, name), content in stage.storage.inputs.items() if run == RUN}
    assert files == {name: content for (run, name), content in stage.storage.inputs.items() if run != RUN}


def test_secrets_in_the_inputs_are_hidden(stage: Stage, ask: Ask) -> None:
    submit(ask, config_content="tower.accessToken = 'hunter2hunter2'\n")

    assert inputs(ask)["config_content"] == f"tower.accessToken = '{HIDDEN}'\n"


def test_those_a_run_is_shared_with_may_read_its_inputs(stage: Stage, ask: Ask) -> None:
    submit(ask)
    assert ask("GET", PATH, caller=BEN.email).status_code == 403

    ask("PATCH", f"/api/runs/{RUN}", {"shared_with": [BEN.email]})

    assert ask("GET", PATH, caller=BEN.email).status_code == 200


def test_inputs_that_are_gone_are_not_found(stage: Stage, ask: Ask) -> None:
    submit(ask)
    stage.storage.inputs.clear()

    assert ask("GET", PATH).status_code == 404
