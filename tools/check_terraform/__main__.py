"""Check terraform/ without a cloud: python -m tools.check_terraform (part of `make check`).

Arguments are compared with the provider's schema, checkov looks for weak settings, and the terraform program, if it is
installed, checks the formatting. A check that cannot run is reported and does not fail. Errors that only Google detects
need a plan in a real project.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.check_terraform.compare import ArgumentFault, faults_in
from tools.check_terraform.hcl import read_folder, read_values
from tools.check_terraform.package import PackageMissingError, pinned_version, provider_sources
from tools.check_terraform.references import reference_faults, variable_faults
from tools.check_terraform.schema import Provider
from tools.check_terraform.weak_settings import CheckovMissingError, weak_settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "terraform"
PACKAGES = ROOT / ".local" / "provider"
CHECKOV = ROOT / ".local" / "checkov"
GIVEN_BY_DEPLOY = frozenset({"head_job_image", "migrations_image"})


def faults_of(folder: Path, provider: Provider) -> Iterator[ArgumentFault]:
    """The faults in the Terraform files of a folder and in the values in its env/."""
    blocks = read_folder(folder)
    yield from faults_in(blocks, provider)
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.tf"))}
    yield from reference_faults(texts, blocks, provider)
    for path in sorted(folder.glob("env/*.tfvars")):
        yield from variable_faults(f"env/{path.name}", read_values(path.read_text("utf-8")), blocks, GIVEN_BY_DEPLOY)


def format_faults(folder: Path) -> list[str] | None:
    """The files that `terraform fmt` would change; None if terraform is not installed."""
    program = shutil.which("terraform")
    if program is None:
        return None
    ran = subprocess.run(
        [program, "fmt", "-check", "-recursive", "-list=true", str(folder)], capture_output=True, text=True, check=False
    )
    return ran.stdout.split() or ([ran.stderr.strip()] if ran.returncode else [])


def main() -> int:
    """Print every fault and every check that could not run; the exit status is 1 when there is a fault."""
    results = [check_arguments(), check_weak_settings(), check_format()]
    print("\n".join(report for _passed, report in results))
    return 0 if all(passed for passed, _report in results) else 1


def check_arguments() -> tuple[bool, str]:
    """Whether the provider accepts every argument, and a report."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    try:
        provider = Provider(provider_sources(PACKAGES).read)
    except PackageMissingError as error:
        return True, f"terraform: NOT CHECKED against the provider's arguments: {error}"
    faults = [str(fault) for fault in faults_of(FOLDER, provider)]
    return not faults, "\n".join(
        [*faults, f"terraform: {len(faults)} faults (arguments of pulumi-gcp {pinned_version()})"]
    )


def check_weak_settings() -> tuple[bool, str]:
    """Whether checkov finds no weak setting, and a report."""
    try:
        found = weak_settings(FOLDER, CHECKOV)
    except CheckovMissingError as error:
        return True, f"terraform: NOT CHECKED for weak settings: {error}"
    return not found, found or "terraform: no weak settings (checkov)"


def check_format() -> tuple[bool, str]:
    """Whether `terraform fmt` would change no file, and a report."""
    changed = format_faults(FOLDER)
    if changed is None:
        return True, "terraform: NOT CHECKED for formatting: terraform is not installed"
    faults = [f"{file}: not formatted; run terraform fmt" for file in changed]
    return not faults, "\n".join(faults or ["terraform: formatted"])


if __name__ == "__main__":
    sys.exit(main())
