import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdev.stand_ins.batch.torn_copies import TornCopies, count_torn_copies


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=50), st.integers())
def test_a_torn_copy_is_a_shorter_beginning(tmp_path: Path, data: bytes, seed: int) -> None:
    part = TornCopies(tmp_path, 1.0, random.Random(seed)).part_of("a", data)
    assert part is not None
    assert len(part) < len(data)
    assert data.startswith(part)


def test_without_a_share_every_copy_is_whole(tmp_path: Path) -> None:
    assert TornCopies(tmp_path, 0.0).part_of("a", b"text") is None
    assert count_torn_copies(tmp_path) == 0


def test_an_empty_file_cannot_be_torn(tmp_path: Path) -> None:
    assert TornCopies(tmp_path, 1.0).part_of("a", b"") is None


def test_the_share_of_copies_is_torn_and_counted(tmp_path: Path) -> None:
    torn = TornCopies(tmp_path, 0.25, random.Random(7))
    parts = [torn.part_of(f"object-{number}", b"text") for number in range(400)]
    count = sum(part is not None for part in parts)
    assert 70 < count < 130
    assert count_torn_copies(tmp_path) == count
