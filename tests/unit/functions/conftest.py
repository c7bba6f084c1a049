from collections.abc import Iterator

import pytest

from tests.support.functions.clients import Clouds


@pytest.fixture(scope="session")
def _started_clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clouds]:
    with Clouds(tmp_path_factory.mktemp("clouds")).started() as clouds:
        yield clouds


@pytest.fixture
def clouds(_started_clouds: Clouds) -> Clouds:
    """The empty cloud services of a function."""
    _started_clouds.empty()
    return _started_clouds
