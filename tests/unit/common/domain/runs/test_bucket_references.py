"""Addresses in Sluice's own buckets are found in any text, with the run whose folder they lie in."""

import pytest

from common.domain.pipelines.request_texts import FieldLocation
from common.domain.runs.bucket_references import bucket_references
from common.domain.runs.files import Buckets

BUCKETS = Buckets(runs="sluice-runs", logs="sluice-logs", work="sluice-work")
HERE = FieldLocation("config_content", 1)


def runs_in(text: str) -> list[str | None]:
    return [reference.run_id for reference in bucket_references(BUCKETS, [(HERE, text)])]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("gs://sluice-runs/runs/run-1a2b3c4d/results/x.h5ad", ["run-1a2b3c4d"]),
        ("params.a = 'gs://sluice-work/runs/run-1a2b3c4d/work/' + b", ["run-1a2b3c4d"]),
        (
            "gs://sluice-logs/runs/run-00000001/logs/a gs://sluice-logs/runs/run-00000002/logs/b",
            ["run-00000001", "run-00000002"],
        ),
        ("gs://sluice-runs/runs/run-1a2b3c4d", ["run-1a2b3c4d"]),  # the gcs_path of a run
        ("x = 'gs://sluice-runs/runs/run-1a2b3c4d'", ["run-1a2b3c4d"]),
        ("/mnt/disks/sluice-work/runs/run-1a2b3c4d/work", ["run-1a2b3c4d"]),
        (
            "gs://sluice-runs/runs/run-00000001/a.fq,gs://sluice-runs/runs/run-00000002/b.fq",
            ["run-00000001", "run-00000002"],
        ),
        ("GS://SLUICE-RUNS/runs/run-1a2b3c4d/inputs/a", ["run-1a2b3c4d"]),
        ("gs://sluice-runs/runs/run-1a2b3c4d/results/*.gz", ["run-1a2b3c4d"]),
        # addresses that may reach more than one run's folder
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
def test_an_address_refers_to_the_run_whose_folder_it_lies_in(text: str, runs: list[str | None]) -> None:
    assert runs_in(text) == runs
