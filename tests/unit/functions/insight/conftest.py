"""The function `insight` over HTTP: its real main.py and a real database, with one live run."""

from collections.abc import Iterator

import pytest

from tests.support.actions.stage import Stage
from tests.support.functions.clients import Clouds, FunctionClient


@pytest.fixture(scope="module")
def _function(_started_clouds: Clouds, shared_database_url: str) -> Iterator[FunctionClient]:
    function = FunctionClient(
        "insight", _started_clouds.environment("insight", shared_database_url), _started_clouds.iap
    )
    yield function
    function.close()


@pytest.fixture
def send(_function: FunctionClient, clouds: Clouds, stage: Stage) -> FunctionClient:
    """Sends requests to the function; there is one live run."""
    stage.running()
    return _function
