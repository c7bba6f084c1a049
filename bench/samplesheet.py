"""samplesheet.vs_csv and samplesheet.peak_rss: validating 100,000 rows (10 MB), relative to csv.DictReader.

The ratio is one of processor times, so that it holds on a busy machine too. The rows are validated for
nf-core/scrnaseq, and for a release with rules across cells, as imported pipelines have.
"""

import csv
import io
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bench.harness.figures import Figure, worst
from bench.harness.memory import peak_rss_mib
from bench.harness.timing import medians
from common.domain.pipelines.pipeline import Pipeline
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.services.pipelines.registry import PipelineRegistry

ROWS, ROUNDS = 100_000, 7
_SCRNASEQ, _RULED = "nf-core/scrnaseq", "lab/ruled"
_RULES = {
    "anyOf": [{"required": ["fastq_1"]}, {"required": ["fastq_barcode"]}],
    "dependentRequired": {"fastq_2": ["fastq_1"]},
    "allOf": [{"if": {"properties": {"sample_type": {"const": "atac"}}, "required": ["sample_type"]},
               "then": {"required": ["fastq_barcode"]}}],
}  # fmt: skip


def measure() -> list[Figure]:
    """The ratio of the slower release, and the peak memory of the whole process."""
    registry, text = _registry(), sheet_of(ROWS)
    subjects: dict[str, Callable[[], object]] = {"csv": partial(_read_alone, text)}
    for name in (_SCRNASEQ, _RULED):
        version = registry.get_pipeline(name)
        found = read_sample_sheet(text, version)
        if found.faults or found.row_count != ROWS:
            raise AssertionError(f"the samplesheet of this bench is invalid: {found.faults[:1]}")
        subjects[name] = partial(read_sample_sheet, text, version)
    times = medians(subjects, rounds=ROUNDS, warm_up=1, clock=time.process_time)
    ratios = {name: times[name] / times["csv"] for name in (_SCRNASEQ, _RULED)}
    size = f"{ROWS:,} rows, {len(text) / 1e6:.0f} MB, read by csv.DictReader"
    return [
        worst("samplesheet.vs_csv", ratios, goal=5, against=size),
        Figure(name="samplesheet.peak_rss", value=peak_rss_mib(), goal=256, unit="MiB", against="the whole process"),
    ]


def sheet_of(rows: int) -> str:
    """A valid sheet of samples with two lanes each, about 105 bytes a row."""
    folder = "gs://lab/2026_NB0231"
    lines = ["sample,fastq_1,fastq_2,expected_cells,sample_type"]
    lines += [
        f"sample_{row // 2},{folder}/s{row}_R1.fastq.gz,{folder}/s{row}_R2.fastq.gz,5000,gex" for row in range(rows)
    ]
    return "\n".join(lines) + "\n"


def _read_alone(text: str) -> int:
    return sum(1 for _ in csv.DictReader(io.StringIO(text, newline="")))


def _registry() -> PipelineRegistry:
    plain = PipelineRegistry.load().find_pipeline(_SCRNASEQ)
    release = replace(plain.versions[0], pipeline=_RULED, row_rules=_RULES, unique=(("fastq_1", "fastq_2"),))
    ruled: Pipeline = replace(plain, name=_RULED, versions=(release,))
    return PipelineRegistry([plain, ruled])
