"""The patterns of every registered release need linear time, as those do that `make add-pipeline` writes.

Python's re tries those of the params and columns. Others are rules, which a validator with a budget checks.
"""

import re
from collections.abc import Iterator

import pytest

from common.domain.pipelines.params import LONGEST_VALUE
from common.domain.pipelines.pipeline import Column, Param, PipelineVersion
from common.domain.pipelines.sheet.cells import cell_rule
from common.errors import Fault
from common.services.pipelines.registry import PipelineRegistry
from tests.support.doubling import assert_linear
from tests.unit.common.domain.test_patterns import attack
from tools.import_pipeline.patterns import needs_linear_time

SCRNASEQ = "nf-core/scrnaseq"
REGISTRY = PipelineRegistry.load()
RELEASES = [release for pipeline in REGISTRY.list_pipelines() for release in pipeline.versions]
NAMES = [f"{release.pipeline} {release.version}" for release in RELEASES]
GOOD = {"genome": "GRCh38", "protocol": "10XV3"}


def patterns() -> Iterator[tuple[str, str]]:
    """Each pattern that Python's re tries, once, with the release and the field that have it first."""
    seen = set[str]()
    for name, release in zip(NAMES, RELEASES, strict=True):
        fields: tuple[Param | Column, ...] = (*release.params, *release.columns)
        for field in fields:
            if field.pattern and field.pattern not in seen:
                seen.add(field.pattern)
                yield f"{name} {field.name}", field.pattern


PATTERNS = dict(patterns())


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_of_a_release_needs_linear_time(name: str) -> None:
    assert needs_linear_time(PATTERNS[name])
    attack(re.compile(PATTERNS[name]), {"search"})


@pytest.mark.parametrize("release", RELEASES, ids=NAMES)
def test_cells_made_of_the_parts_of_a_pattern_are_read_in_linear_time(release: PipelineVersion) -> None:
    for column in release.columns:
        for unit in ("1", "a.", "_1.fq", ".fastq.gz", "x "):
            assert_linear(cell_rule(column).problem, unit, "/x", "\\!", longest=2 * LONGEST_VALUE)


@pytest.mark.parametrize("version", ["2.7.1", "2.6.0", "2.5.1"])
@pytest.mark.parametrize(
    ("param", "good", "bad", "problem"),
    [
        ("email", "ana@lab.org", "ana", "must be a mail address"),
        ("email_on_fail", "a.b-c@lab.org", "a@b", "must be a mail address"),
        ("max_memory", "128.GB", "128 gigabytes", "must be an amount such as 128.GB"),
        ("max_time", "2.d 6.h", "long", "must be a time such as 240.h or 2.d 6.h"),
        ("max_multiqc_email_size", "25.MB", "MB", "must be an amount such as 25.MB"),
    ],
)
def test_a_value_that_breaks_a_rule_with_a_pattern_is_refused(
    version: str, param: str, good: str, bad: str, problem: str
) -> None:
    assert REGISTRY.validate_params(SCRNASEQ, version, GOOD | {param: good}) == []
    (fault,) = REGISTRY.validate_params(SCRNASEQ, version, GOOD | {param: bad})
    assert (fault.field, fault.message) == (f"params.{param}", problem)


@pytest.mark.parametrize("unit", ["1 s", "1", "a@", "1s", " ", "-."])
@pytest.mark.parametrize("param", ["email", "max_memory", "max_time"])
def test_a_crafted_value_is_refused_at_once(param: str, unit: str) -> None:
    def validate(text: str) -> list[Fault]:
        return REGISTRY.validate_params(SCRNASEQ, "2.7.1", GOOD | {param: text})

    assert_linear(validate, unit, "", "!", longest=LONGEST_VALUE)
    assert validate(unit * (LONGEST_VALUE // len(unit) - 1) + "!")
