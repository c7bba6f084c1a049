"""Checks terraform/ without a cloud: python -m tools.check_terraform (part of `make check`).

The provider's own schema says which arguments there are, checkov which settings are weak, and the terraform program,
where there is one, how files are laid out. What cannot be had is named, and fails nothing. None of them sees what
Google would refuse: that takes a plan in a real project.
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
GIVEN_BY_DEPLOY = frozenset({"migrations_image"})


def faults_of(folder: Path, provider: Provider) -> Iterator[ArgumentFault]:
    """Everything that is wrong in the Terraform files of a folder and the values in its env/."""
    blocks = read_folder(folder)
    yield from faults_in(blocks, provider)
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.tf"))}
    yield from reference_faults(texts, blocks, provider)
    for path in sorted(folder.glob("env/*.tfvars")):
        yield from variable_faults(f"env/{path.name}", read_values(path.read_text("utf-8")), blocks, GIVEN_BY_DEPLOY)


def layout_faults(folder: Path) -> list[str] | None:
    """The files that `terraform fmt` would write otherwise; None when there is no terraform."""
    program = shutil.which("terraform")
    if program is None:
        return None
    ran = subprocess.run(
        [program, "fmt", "-check", "-recursive", "-list=true", str(folder)], capture_output=True, text=True, check=False
    )
    return ran.stdout.split() or ([ran.stderr.strip()] if ran.returncode else [])


def main() -> int:
    """Print every fault and what could not be checked; the exit status is 1 when there is a fault."""
    verdicts = [argument_verdict(), weakness_verdict(), layout_verdict()]
    print("\n".join(line for _fine, line in verdicts))
    return 0 if all(fine for fine, _line in verdicts) else 1


def argument_verdict() -> tuple[bool, str]:
    """Whether every argument is one of the provider's, in words."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    try:
        provider = Provider(provider_sources(PACKAGES).read)
    except PackageMissingError as error:
        return True, f"terraform: NOT CHECKED against the provider's arguments: {error}"
    faults = [str(fault) for fault in faults_of(FOLDER, provider)]
    return not faults, "\n".join(
        [*faults, f"terraform: {len(faults)} faults (arguments of pulumi-gcp {pinned_version()})"]
    )


def weakness_verdict() -> tuple[bool, str]:
    """Whether checkov finds no setting weak, in words."""
    try:
        found = weak_settings(FOLDER, CHECKOV)
    except CheckovMissingError as error:
        return True, f"terraform: NOT CHECKED for weak settings: {error}"
    return not found, found or "terraform: no weak settings (checkov)"


def layout_verdict() -> tuple[bool, str]:
    """Whether terraform would lay the files out as they are, in words."""
    layout = layout_faults(FOLDER)
    if layout is None:
        return True, "terraform: NOT CHECKED for layout: there is no terraform program here"
    faults = [f"{file}: terraform fmt would write it otherwise" for file in layout]
    return not faults, "\n".join(faults or ["terraform: laid out as terraform fmt has it"])


if __name__ == "__main__":
    sys.exit(main())
