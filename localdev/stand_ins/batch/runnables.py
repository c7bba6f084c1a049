"""What a runnable becomes on this machine: a command and its environment.

Containers are not run: an image stands for the programs it would hold, which must be on this machine's PATH.
"""

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localdev.stand_ins.http.messages import Json

# images whose entry point runs the commands as they are
KNOWN_IMAGES = (r"(.*/)?nextflow(/nextflow)?(:.*)?",)
_SIMULATOR = Path(__file__).parents[2] / "nextflow_simulator" / "bin"


class ImageUnknownError(Exception):
    """Nothing on this machine stands for the image."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What every VM gives the processes on it."""

    variables: Mapping[str, str]

    @classmethod
    def of_this_stack(cls, folder: Path, *, storage_url: str, batch_url: str) -> "Machine":
        """This machine's environment, the stand-ins' addresses, and the chosen `nextflow` first on PATH."""
        inherited = dict(os.environ)
        path = (
            f"{_folder_of_nextflow(folder, inherited.get('NEXTFLOW'))}{os.pathsep}{inherited.get('PATH', os.defpath)}"
        )
        own = {"PATH": path, "STORAGE_EMULATOR_HOST": storage_url, "BATCH_ENDPOINT": batch_url}
        return cls(inherited | own | {"SLUICE_PYTHON": sys.executable})


def command_of(runnable: Json, folders: Mapping[str, Path]) -> list[str]:
    """What to execute. Raises ImageUnknownError.

    `folders` says which folder stands for which mount path.
    """
    if script := runnable.get("script"):
        if "text" in script:
            return ["/bin/sh", "-c", in_place(script["text"], folders)]
        return shlex.split(in_place(script["path"], folders))
    container = runnable.get("container", {})
    image = container.get("imageUri", "")
    if not any(re.fullmatch(pattern, image) for pattern in KNOWN_IMAGES):
        raise ImageUnknownError(f"no program on this machine stands for the image {image!r}")
    entrypoint = [container["entrypoint"]] if container.get("entrypoint") else []
    return [in_place(part, folders) for part in [*entrypoint, *container.get("commands", [])]]


def environment_of(machine: Machine, given: Sequence[Json], folders: Mapping[str, Path]) -> dict[str, str]:
    """The machine's variables and those `given` by the job's environments, later ones over earlier ones."""
    variables = dict(machine.variables)
    for environment in given:
        for name, value in environment.get("variables", {}).items():
            variables[name] = in_place(value, folders)
    return variables


def in_place(text: str, folders: Mapping[str, Path]) -> str:
    """`text` with each mount path replaced by the folder that stands for it; the longest path first."""
    for mount_path in sorted(folders, key=len, reverse=True):
        text = re.sub(re.escape(mount_path.rstrip("/")) + r"(?=$|[^\w.-])", str(folders[mount_path]), text)
    return text


def _folder_of_nextflow(folder: Path, chosen: str | None) -> Path:
    """The folder holding the `nextflow` to use: the simulator's, or one with a link to what NEXTFLOW names."""
    if not chosen:
        return _SIMULATOR
    link = folder / "chosen" / "nextflow"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(Path(chosen).resolve())
    return link.parent
