"""Turns a runnable into a command and its environment on this machine.

Containers are not run: the programs of a known image must be on the PATH of this machine.
"""

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localdev.iam.access import account_of
from localdev.stack.secret import Login, StackSecret
from localdev.stand_ins.http.messages import Json

# images whose entry point runs the commands unchanged
KNOWN_IMAGES = (r"(.*/)?nextflow(/nextflow)?(:.*)?",)
_SIMULATOR = Path(__file__).parents[2] / "nextflow_simulator" / "bin"


class ImageUnknownError(Exception):
    """The image is not one of KNOWN_IMAGES."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The environment variables of every process on a VM."""

    variables: Mapping[str, str]
    secret: StackSecret | None = None

    @classmethod
    def of_this_stack(
        cls, folder: Path, *, storage_url: str, batch_url: str, secret: StackSecret | None = None
    ) -> "Machine":
        """The environment of this process, the addresses of the stand-ins, and the chosen `nextflow` first on PATH."""
        inherited = dict(os.environ)
        path = (
            f"{_folder_of_nextflow(folder, inherited.get('NEXTFLOW'))}{os.pathsep}{inherited.get('PATH', os.defpath)}"
        )
        own = {"PATH": path, "STORAGE_EMULATOR_HOST": storage_url, "BATCH_ENDPOINT": batch_url}
        return cls(inherited | own | {"SLUICE_PYTHON": sys.executable}, secret)

    def login_of(self, job: Json) -> Login | None:
        """The login of the service account of `job`; None for that of the stack."""
        account = _account_of(job)
        return self.secret.login_of(account) if self.secret and account else None

    def identity_of(self, job: Json) -> dict[str, str]:
        """The variable with which the processes of `job` act as its service account."""
        account = _account_of(job)
        return {"NETRC": str(self.secret.netrc_of(account))} if self.secret and account else {}


def _account_of(job: Json) -> str:
    email: str = job.get("allocationPolicy", {}).get("serviceAccount", {}).get("email", "")
    return account_of(email)


def command_of(runnable: Json, folders: Mapping[str, Path]) -> list[str]:
    """The command of a runnable. Raises ImageUnknownError.

    `folders` maps each mount path to the local folder that stands for it.
    """
    if script := runnable.get("script"):
        if "text" in script:
            return ["/bin/sh", "-c", with_folders(script["text"], folders)]
        return shlex.split(with_folders(script["path"], folders))
    container = runnable.get("container", {})
    image = container.get("imageUri", "")
    if not any(re.fullmatch(pattern, image) for pattern in KNOWN_IMAGES):
        raise ImageUnknownError(f"the image {image!r} cannot be run on this machine")
    entrypoint = [container["entrypoint"]] if container.get("entrypoint") else []
    return [with_folders(part, folders) for part in [*entrypoint, *container.get("commands", [])]]


def environment_of(machine: Machine, given: Sequence[Json], folders: Mapping[str, Path]) -> dict[str, str]:
    """The machine's variables and those of the `given` environments of the job; later values win."""
    variables = dict(machine.variables)
    for environment in given:
        for name, value in environment.get("variables", {}).items():
            variables[name] = with_folders(value, folders)
    return variables


def with_folders(text: str, folders: Mapping[str, Path]) -> str:
    """`text` with each mount path replaced by its folder; longer paths are replaced first."""
    for mount_path in sorted(folders, key=len, reverse=True):
        text = re.sub(re.escape(mount_path.rstrip("/")) + r"(?=$|[^\w.-])", str(folders[mount_path]), text)
    return text


def _folder_of_nextflow(folder: Path, chosen: str | None) -> Path:
    """The folder of the `nextflow` to run: the simulator's, or one with a link to the program in NEXTFLOW."""
    if not chosen:
        return _SIMULATOR
    link = folder / "chosen" / "nextflow"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(Path(chosen).resolve())
    return link.parent
