"""The files that a run names are found with the place where they are named first."""

from common.domain.pipelines.pipeline import Column, Param, ParamType
from common.domain.pipelines.request_texts import FieldLocation, files_in_params, files_in_sheet

COLUMNS = [Column(name=name, type=ParamType.STRING, title="") for name in ("sample", "fastq_1", "fastq_2")]
PARAMS = [Param(name=name, type=ParamType.STRING, title="", group="g", format="file-path") for name in ("fasta", "gtf")]


def test_files_of_a_sheet_are_told_with_row_and_column() -> None:
    sheet = "\ufeffsample, fastq_1,fastq_2,notes\na, gs://lab/1.fq ,/local/2.fq,gs://lab/notes\nb,gs://lab/1.fq,,\n"
    assert files_in_sheet(sheet, COLUMNS) == {"gs://lab/1.fq": FieldLocation("samplesheet_csv", 2, "fastq_1")}


def test_files_of_parameters_are_told_with_their_names() -> None:
    assert files_in_params(PARAMS, {"fasta": "gs://lab/g.fa", "gtf": 5}) == {
        "gs://lab/g.fa": FieldLocation("params.fasta")
    }


def test_patterns_and_other_addresses_are_left_to_the_pipeline() -> None:
    assert files_in_params(PARAMS, {"fasta": "gs://lab/*.fa", "gtf": "s3://lab/g.gtf"}) == {}
    assert files_in_params(PARAMS, {"fasta": "gs://lab/a.fa,gs://lab/b.fa"}) == {}


def test_a_parameter_that_may_be_a_folder_or_the_begin_of_names_is_left_to_the_pipeline() -> None:
    index = Param(name="index", type=ParamType.STRING, title="", group="g", format="path")
    assert files_in_params([index], {"index": "gs://lab/idx/genome"}) == {}
