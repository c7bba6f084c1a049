"""Write docs/licences.md; the exit status is 1 when a licence is not allowed: python -m tools.licences."""

import sys

from tools.licences.report import deployed, faults_in, packages_in_page, packages_of, report_on
from tools.pack_function.imports import ROOT

if __name__ == "__main__":
    packages, in_page = packages_of(deployed()), packages_in_page()
    (ROOT / "docs" / "licences.md").write_text(report_on(packages, in_page), encoding="utf-8")
    faults = list(faults_in([*packages, *in_page]))
    print(
        "\n".join(
            [*faults, f"{len(packages) + len(in_page)} packages, {len(faults)} with a licence that is not allowed"]
        )
    )
    sys.exit(1 if faults else 0)
