import pytest

from localdev.nextflow_simulator.output import units


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0ms"),
        (352, "352ms"),
        (5200, "5.2s"),
        (5000, "5s"),
        (90_000, "1m 30s"),
        (3_720_000, "1h 2m"),
        (93_600_000, "1d 2h"),
    ],
)
def test_durations_are_in_the_notation_of_nextflow(milliseconds: int, text: str) -> None:
    assert units.duration(milliseconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (894, "894 B"), (60 << 30, "60 GB"), (3 << 39, "1.5 TB"), (31_247_565, "29.8 MB")]
)
def test_memory_sizes_are_in_the_notation_of_nextflow(count: int, text: str) -> None:
    assert units.memory(count) == text
