"""The texts of a request and the files that they name, each with its location."""

from common.domain.pipelines.pipeline import Param, ParamType
from common.domain.pipelines.request_texts import (
    FieldLocation,
    files_in_cells,
    files_in_params,
    texts_of_config,
    texts_of_params,
)
from common.errors import Fault

PARAMS = [Param(name=name, type=ParamType.STRING, title="", group="g", format="file-path") for name in ("fasta", "gtf")]


def test_a_location_makes_a_fault_at_its_place() -> None:
    fault = FieldLocation("samplesheet_csv", 2, "fastq_1").fault("is missing")
    assert fault == Fault(field="samplesheet_csv", row=2, column="fastq_1", message="is missing")


def test_text_values_of_parameters_and_lines_of_a_config_are_located() -> None:
    assert list(texts_of_params({"fasta": "a", "cpus": 2}, field="params")) == [(FieldLocation("params.fasta"), "a")]
    assert list(texts_of_config("a\nb", field="override_config")) == [
        (FieldLocation("override_config", 1), "a"),
        (FieldLocation("override_config", 2), "b"),
    ]
    assert list(texts_of_config(None, field="config_content")) == []


def test_files_in_cells_have_the_location_of_the_first_cell_that_names_them() -> None:
    cells = [
        (FieldLocation("samplesheet_csv", 2, "fastq_1"), "gs://lab/1.fq "),
        (FieldLocation("samplesheet_csv", 2, "fastq_2"), "/local/2.fq"),
        (FieldLocation("samplesheet_csv", 2, "notes"), "gs://lab/notes"),
        (FieldLocation("samplesheet_csv", 3, "fastq_1"), "gs://lab/1.fq"),
    ]
    assert files_in_cells(cells, {"sample", "fastq_1", "fastq_2"}) == {
        "gs://lab/1.fq": FieldLocation("samplesheet_csv", 2, "fastq_1")
    }


def test_files_in_parameters_have_the_name_of_their_parameter() -> None:
    assert files_in_params(PARAMS, {"fasta": "gs://lab/g.fa", "gtf": 5}) == {
        "gs://lab/g.fa": FieldLocation("params.fasta")
    }


def test_wildcards_and_addresses_outside_cloud_storage_are_not_files() -> None:
    assert files_in_params(PARAMS, {"fasta": "gs://lab/*.fa", "gtf": "s3://lab/g.gtf"}) == {}
    assert files_in_params(PARAMS, {"fasta": "gs://lab/a.fa,gs://lab/b.fa"}) == {}


def test_a_parameter_that_may_be_a_folder_or_a_prefix_is_not_a_file() -> None:
    index = Param(name="index", type=ParamType.STRING, title="", group="g", format="path")
    assert files_in_params([index], {"index": "gs://lab/idx/genome"}) == {}
