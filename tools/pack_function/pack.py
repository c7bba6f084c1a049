"""A function as a zip for Cloud Run functions, which expects main.py and requirements.txt at the top level.

Google's buildpack installs requirements.txt with pip and starts functions-framework in the folder of main.py, from
which `common` and `functions` are then imported.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tools.pack_function.imports import ROOT, PackError, follow
from tools.pack_function.requirements import deployed_requirements, faults_in, packages_of, pins_of, read_lock

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold
_PLAIN_FILE = 0o100644
_UNIX = 3


def functions_in(root: Path = ROOT) -> list[str]:
    """The names of all functions: the folders in functions/ with a main.py."""
    return sorted(path.parent.name for path in (root / "functions").glob("*/main.py"))


def pack(function: str, into: Path, root: Path = ROOT) -> Path:
    """Write `into`/FUNCTION.zip and return its path. Raises PackError."""
    into.mkdir(parents=True, exist_ok=True)
    target = into / f"{function}.zip"
    write_zip(target, content_of(function, root))
    return target


def content_of(function: str, root: Path = ROOT) -> dict[str, bytes]:
    """The files to pack, by path in the zip. Raises PackError."""
    main = f"functions.{function}.main"
    if not (root / main.replace(".", "/")).with_suffix(".py").is_file():
        raise PackError(f"there is no {main.replace('.', '/')}.py")
    reached = follow(main, root)
    lock, pins = read_lock(root), pins_of(function, root)
    if faults := [*faults_in(pins, packages_of(reached.others), lock)]:
        raise PackError(f"functions/{function}/requirements.txt: {'; '.join(faults)}")
    files = {path for name, path in reached.modules.items() if name != main} | reached.data
    content = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    content["main.py"] = _main(reached.modules, main)
    content["requirements.txt"] = deployed_requirements(pins, lock).encode()
    return content


def write_zip(target: Path, content: Mapping[str, bytes]) -> None:
    """Write the same bytes for the same content on any machine: fixed times, sorted names, no compression.

    The output of deflate differs between versions of zlib, and a changed zip would be a new deployment.
    """
    unfinished = target.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _PLAIN_FILE << 16
            archive.writestr(entry, content[name])
    unfinished.replace(target)


def _main(modules: Mapping[str, Path], main: str) -> bytes:
    text = modules[main].read_bytes()
    if b"__file__" in text:
        raise PackError(f"{main} uses __file__, but main.py is in another place once it is packed; move that code")
    mains = {name for name in modules if re.fullmatch(r"functions\.\w+\.main", name)} - {main}
    if mains:
        raise PackError(f"{main} imports {min(mains)}, which is another function")
    return text
