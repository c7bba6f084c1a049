"""A sheet has a unique, safe name for each library and a row for each pair."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.sequencing.ngs_run import Library
from common.domain.sequencing.read_pairs import FastqFile, pair_reads
from common.domain.sequencing.samplesheet import sheet_names, sheet_of
from common.services.pipelines.registry import PipelineRegistry

RELEASE = PipelineRegistry.load().get_pipeline("nf-core/scrnaseq")


def library(name: str, *files: str) -> Library:
    unknown = dict.fromkeys(
        ("sample_id", "project", "kit", "method", "organism", "tissue", "cell_line", "perturbation", "replicate")
    )
    return Library(id=name, name=name, reads=pair_reads(FastqFile(path=path) for path in files), **unknown)


def names_of(*names: str) -> list[str]:
    return sheet_names([library(name) for name in names])


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("pbmc_1", "pbmc_1"),
        ("donor 1 (50%)", "donor_1_50"),
        ('Ana\'s "best"', "Ana_s_best"),
        ("Zürich β-Zellen", "Zurich_-Zellen"),
        ("=1+1", "1_1"),
        ("-x", "x"),
        ("細胞", "library"),
        ("..", "library"),
        ("a" * 300, "a" * 100),
    ],
)
def test_unsafe_characters_in_a_name_are_replaced(name: str, plain: str) -> None:
    assert names_of(name) == [plain]


def test_no_two_libraries_share_a_name() -> None:
    assert names_of("a b", "a_b", "a%b", "A b", "a_b_2") == ["a_b", "a_b_2", "a_b_3", "A_b_4", "a_b_2_2"]


def test_each_lane_is_a_row_and_a_library_without_pairs_has_no_row() -> None:
    sheet = sheet_of([library("x y", "x_L001_R1.fastq.gz", "x_L001_R2.fastq.gz", "x_L002_R1.fastq.gz"), library("z")])
    assert sheet == "sample,fastq_1,fastq_2\nx_y,x_L001_R1.fastq.gz,x_L001_R2.fastq.gz\n"


def test_commas_and_quotes_in_a_path_stay_in_their_cell() -> None:
    assert '"gs://b/x,""y""_R1.fastq.gz"' in sheet_of([library("x", *(f'gs://b/x,"y"_R{n}.fastq.gz' for n in (1, 2)))])


@given(st.lists(st.text(), min_size=1, max_size=8))
def test_a_sheet_of_libraries_with_any_names_is_valid(names: list[str]) -> None:
    libraries = [library(name, *(f"gs://b/{at}_R{n}.fastq.gz" for n in (1, 2))) for at, name in enumerate(names)]
    read = read_sample_sheet(sheet_of(libraries), RELEASE)
    assert (read.faults, read.sample_count, read.row_count) == ((), len(names), len(names))


def test_thousands_of_libraries_with_one_name_get_unique_names_quickly() -> None:
    assert len(set(names_of(*["文库"] * 20_000))) == 20_000
