"""The archives that Sluice wrote."""

from sqlalchemy import Engine

from common.services.archive.known import KnownArchiveStore
from tests.support.runs import NOON


def test_the_newest_generation_of_each_run_is_known(emptied_engine: Engine) -> None:
    known = KnownArchiveStore(emptied_engine)
    assert known.generation_of("run-00000001") is None
    for generation in (1, 1 << 60):
        known.save("run-00000001", generation, at=NOON)
        known.save("run-00000002", 7, at=NOON)
        assert known.generation_of("run-00000001") == generation
