import pytest

from common.domain.batch.launch_config import default_config
from localdev.nextflow_simulator.pipeline.processes import ALIGNERS
from localdev.nextflow_simulator.resources import read_resources

STAR = ALIGNERS["star"].count  # label process_high, 72 GB
GIB = 1 << 30


def memory(*configs: str, attempt: int = 1) -> int:
    return read_resources(configs).memory_of(STAR, attempt) // GIB


def disk(*configs: str, attempt: int = 1) -> int | None:
    found = read_resources(configs).disk_of(STAR, attempt)
    return None if found is None else found // GIB


@pytest.mark.parametrize(
    ("config", "first", "second"),
    [
        ("", 72, 144),
        ("process.memory = 240.GB", 72, 144),
        ("process { memory = '240 GB' }", 72, 144),
        ("process { withLabel: process_low { memory = 1.GB } }", 72, 144),
        ("process { withLabel: process_high { memory = 100.GB } }", 100, 100),
        ("process { withName: STAR_ALIGN { memory = 240.GB } }", 240, 240),
        ("process { withName: '.*:STAR_ALIGN' { memory = { 240.GB * task.attempt } } }", 240, 480),
        (
            "process { withName: 'STAR_.*|KB' { memory = '1 TB' }; withLabel: 'process_.*' { memory = 9.GB } }",
            1024,
            1024,
        ),
        ("process { withName: FASTQC { memory = 240.GB } }", 72, 144),
        ("process { resourceLimits = [cpus: 4, memory: 100.GB] }", 72, 100),
    ],
)
def test_a_name_is_stronger_than_a_label_and_a_label_than_all_processes(config: str, first: int, second: int) -> None:
    assert (memory(config), memory(config, attempt=2)) == (first, second)


@pytest.mark.parametrize(
    ("config", "first", "second"),
    [
        ("", 16, 32),
        ("process.time = 1.h", 16, 32),
        ("process { withName: STAR_ALIGN { time = { 2.d * task.attempt } } }", 48, 96),
    ],
)
def test_the_longest_time_of_a_task_follows_the_same_rules(config: str, first: int, second: int) -> None:
    settings = read_resources([config])
    assert [settings.time_of(STAR, attempt) / 3_600_000 for attempt in (1, 2)] == [first, second]


def test_of_two_settings_for_one_process_the_later_wins() -> None:
    first, second = (f"process {{ withName: STAR_ALIGN {{ memory = {gb}.GB }} }}" for gb in (1, 2))
    assert (memory(first, second), memory(second, first)) == (2, 1)


def test_the_default_disk_grows_and_is_overridden() -> None:
    assert (disk(), disk(default_config()), disk(default_config(), attempt=2)) == (None, 100, 200)
    assert disk(default_config(), "process.disk = 300.GB") == 300
    assert disk(default_config(), "process { withName: STAR_ALIGN { disk = { 300.GB * task.attempt } } }") == 300
    assert disk(default_config(), "process { withName: FASTQC { disk = 300.GB } }") == 100
