"""The rendered config has the requested settings, and no name in it can break out of its quotes."""

import pytest

from common.domain.nextflow.config.brackets import unclosed_in
from common.domain.nextflow.config.rendering import ConfigOptions, Resources, run_config
from common.domain.nextflow.config.reserved_settings import reserved_settings_in
from common.domain.pipelines.pipeline import PipelineVersion

RELEASE = PipelineVersion(pipeline="nf-core/scrnaseq", version="2.7.1", groups=(), params=(), columns=())
PLAIN = """\
// nf-core/scrnaseq 2.7.1 on Cloud Batch. Sluice adds where it runs, and its labels.
process {
    errorStrategy = { task.exitStatus in ((130..145) + 104 + (50001..50006)) ? 'retry' : 'finish' }
    maxRetries = 2
}
google.batch.spot = false
"""
FULL = """\
// nf-core/scrnaseq 2.7.1 on Cloud Batch. Sluice adds where it runs, and its labels.
process {
    resourceLimits = [cpus: 16, memory: 128.GB, disk: 1000.GB, time: 72.h]
    errorStrategy = { task.exitStatus in ((130..145) + 104 + (50001..50006)) ? 'retry' : 'finish' }
    maxRetries = 3
    withName: 'STAR_ALIGN' {
        cpus = 8
        memory = { 64.GB * task.attempt }
        disk = { 500.GB * task.attempt }
        time = { 12.h * task.attempt }
    }
}
google.batch.spot = true
google.batch.maxSpotAttempts = 5
"""


def test_a_config_with_default_options_has_the_retry_policy() -> None:
    assert run_config(RELEASE, ConfigOptions()) == PLAIN


def test_a_config_with_every_option() -> None:
    options = ConfigOptions(
        limits=Resources(cpus=16, memory_gb=128, disk_gb=1000, time_h=72),
        processes={"STAR_ALIGN": Resources(cpus=8, memory_gb=64, disk_gb=500, time_h=12)},
        retries=3,
        spot=True,
        spot_attempts=5,
    )
    assert run_config(RELEASE, options) == FULL


@pytest.mark.parametrize(
    "name",
    ["x' { executor = 'local' } //", "${System.exit(1)}", "a\\' b", "a\nworkDir = '/tmp'", "a\r\nb", '"""', "/*", "'"],
)
def test_a_name_cannot_leave_its_quotes(name: str) -> None:
    text = run_config(RELEASE, ConfigOptions(processes={name: Resources(cpus=1)}))
    (line,) = (line for line in text.split("\n") if "withName" in line)
    assert line.startswith("    withName: '")
    assert line.endswith("' {")
    assert text.count("\n") == PLAIN.count("\n") + 3
    assert reserved_settings_in(text) == []
    assert unclosed_in(text) is None


def test_a_rendered_config_makes_no_reserved_setting() -> None:
    assert reserved_settings_in(FULL) == []
    assert unclosed_in(FULL) is None
