"""Write docs/licences.md; the exit status is 1 when a licence is not allowed: python -m tools.licences."""

import sys

from tools.licences.report import deployed, faults_in, report_on
from tools.pack_function.imports import ROOT

if __name__ == "__main__":
    distributions = deployed()
    (ROOT / "docs" / "licences.md").write_text(report_on(distributions), encoding="utf-8")
    faults = list(faults_in(distributions))
    print("\n".join([*faults, f"{len(distributions)} packages, {len(faults)} with a licence that is not allowed"]))
    sys.exit(1 if faults else 0)
