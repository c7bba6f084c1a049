"""The request that the demo submits agrees with the files beside it."""

import json

from localdev.stack.environment import ROOT
from localdev.stack.welcome import EXAMPLE

FILE = ROOT / EXAMPLE


def test_the_request_contains_the_samplesheet_and_the_params_of_the_example() -> None:
    request = json.loads(FILE.read_text())
    assert request["samplesheet_csv"] == (FILE.parent / "samplesheet.csv").read_text()
    assert request["params"] == json.loads((FILE.parent / "params.json").read_text())
    assert (request["pipeline"], request["pipeline_version"]) == ("nf-core/scrnaseq", "2.7.1")
