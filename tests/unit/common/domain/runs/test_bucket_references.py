"""Addresses in Sluice's own buckets are found wherever a request may name them, with the run that they belong to."""

import pytest

from common.domain.pipelines.request_texts import FieldLocation
from common.domain.runs.bucket_references import bucket_references, texts_of_config, texts_of_params, texts_of_sheet
from common.domain.runs.files import Buckets

BUCKETS = Buckets(runs="sluice-runs", logs="sluice-logs", work="sluice-work")
HERE = FieldLocation("config_content", 1)


def runs_in(text: str) -> list[str | None]:
    return [address.run_id for address in bucket_references(BUCKETS, [(HERE, text)])]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("gs://sluice-runs/runs/run-1a2b3c4d/results/x.h5ad", ["run-1a2b3c4d"]),
        ("params.a = 'gs://sluice-work/runs/run-1a2b3c4d/work/' + b", ["run-1a2b3c4d"]),
        (
            "gs://sluice-logs/runs/run-00000001/logs/a gs://sluice-logs/runs/run-00000002/logs/b",
            ["run-00000001", "run-00000002"],
        ),
        ("gs://sluice-runs/runs/run-1a2b3c4d", ["run-1a2b3c4d"]),  # as the API tells it
        ("x = 'gs://sluice-runs/runs/run-1a2b3c4d'", ["run-1a2b3c4d"]),
        ("/mnt/disks/sluice-work/runs/run-1a2b3c4d/work", ["run-1a2b3c4d"]),
        (
            "gs://sluice-runs/runs/run-00000001/a.fq,gs://sluice-runs/runs/run-00000002/b.fq",
            ["run-00000001", "run-00000002"],
        ),
        ("GS://SLUICE-RUNS/runs/run-1a2b3c4d/inputs/a", ["run-1a2b3c4d"]),
        ("gs://sluice-runs/runs/run-1a2b3c4d/results/*.gz", ["run-1a2b3c4d"]),
        # what may lie in more than one run's folder
        ("gs://sluice-runs", [None]),
        ("gs://sluice-runs/", [None]),
        ("gs://sluice-runs/runs/*/results/x", [None]),
        ("gs://sluice-runs/runs/{run-1a2b3c4d,run-00000001}/results/x", [None]),
        ("gs://sluice-runs/runs/run-1a2b3c4d*/results/x", [None]),
        ("gs://sluice-runs/runs/run-1a2b3c4d/a b/../../run-00000001/x", [None]),
        ("gs://sluice-runs/runs/run-1a2b3c4d/it's/../../run-00000001/x", [None]),
        ("gs://sluice-runs//runs/run-1a2b3c4d/results/x", [None]),
        ("gs://sluice-runs/runs/run-1a2b3c4d/../run-00000001/results/x", [None]),
        ("gs://sluice-runs/runs%2Frun-1a2b3c4d/results/x", [None]),
        # other buckets
        ("gs://sluice-runs-of-old/runs/run-1a2b3c4d/x", []),
        ("gs://sluice-runs.lab.example/runs/run-1a2b3c4d/x", []),
        ("gs://lab/sluice-runs/runs/run-1a2b3c4d/x", []),
        ("s3://sluice-runs/runs/run-1a2b3c4d/x", []),
    ],
)
def test_an_address_belongs_to_the_one_run_whose_folder_it_is_in(text: str, runs: list[str | None]) -> None:
    assert runs_in(text) == runs


def test_every_cell_of_a_sheet_is_a_text_even_in_columns_that_nobody_knows() -> None:
    sheet = "\ufeffsample,notes\na,gs://sluice-runs/x\nb,\n"
    assert list(texts_of_sheet(sheet, BUCKETS))[:2] == [
        (FieldLocation("samplesheet_csv", 2, "sample"), "a"),
        (FieldLocation("samplesheet_csv", 2, "notes"), "gs://sluice-runs/x"),
    ]


def test_a_sheet_without_any_such_address_is_not_read() -> None:
    assert list(texts_of_sheet("sample\ngs://lab/a\n", BUCKETS)) == []


def test_parameters_and_lines_of_a_config_are_texts() -> None:
    assert list(texts_of_params({"fasta": "a", "cpus": 2}, field="params")) == [(FieldLocation("params.fasta"), "a")]
    assert list(texts_of_config("a\nb", field="override_config")) == [
        (FieldLocation("override_config", 1), "a"),
        (FieldLocation("override_config", 2), "b"),
    ]
    assert list(texts_of_config(None, field="config_content")) == []
