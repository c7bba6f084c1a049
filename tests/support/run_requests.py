"""Bodies of POST /api/runs."""

import json
from typing import Any

from localdev.stack.environment import ROOT
from localdev.stack.welcome import EXAMPLE


def run_of_one_sample() -> dict[str, Any]:
    """The example with the first row of its samplesheet, so that a run has a third of the tasks."""
    body: dict[str, Any] = json.loads((ROOT / EXAMPLE).read_bytes())
    header, first, *_ = body["samplesheet_csv"].splitlines()
    return body | {"samplesheet_csv": f"{header}\n{first}\n"}
