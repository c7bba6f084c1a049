"""`python -m tools.import_pipeline.many FOLDER`: tries to import releases of different ages, and prints a table.

FOLDER holds clones of pipelines, with or without a work tree. Of each, the oldest, the middle and the newest release
with a nextflow_schema.json are tried, as `make add-pipeline` does it; nothing is added. The table is in
docs/measurements.md.
"""

import re
import subprocess  # nosec B404
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from tools.import_pipeline.checkout import Checkout, read_checkout
from tools.import_pipeline.entry import RegistryEntry, make_entry
from tools.import_pipeline.fields import CannotExpressError
from tools.text_table import text_table

_RELEASE: Final = re.compile(r"\d+(\.\d+){1,2}")
_READ: Final = (".json", ".config", ".nf", ".groovy", ".csv", ".tsv", "usage.md")  # a clone may lack large files
_EACH: Final = 3
_SCHEMA: Final = "nextflow_schema.json"
_LISTS: Final = re.compile(r"omit it with WITHOUT=([\w-]+)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit status is 0 if at least one release was tried."""
    (folder,) = sys.argv[1:] if arguments is None else arguments
    rows = [row for clone in _clones(Path(folder)) for tag in _chosen(clone) for row in _tried(clone, tag)]
    print(text_table(["pipeline", "release", "its sheet", "answer"], rows, markdown=True))
    return 0 if rows else 1


def _clones(folder: Path) -> Iterator[Path]:
    """The git directories below a folder."""
    for pattern in ("*/HEAD", "*/.git/HEAD"):
        yield from (head.parent for head in sorted(folder.glob(pattern)) if (head.parent / "objects").is_dir())


def _chosen(clone: Path) -> list[str]:
    """The oldest, the middle and the newest release."""
    tags = [tag for tag in _git(clone, "tag").decode().split() if _RELEASE.fullmatch(tag)]
    tags.sort(key=lambda tag: tuple(map(int, tag.split("."))))
    described = [tag for tag in tags if _git(clone, "ls-tree", "--name-only", tag, _SCHEMA)]
    if len(described) <= _EACH:
        return described
    return [described[0], described[len(described) // 2], described[-1]]


def _tried(clone: Path, tag: str) -> list[list[str]]:
    """The row of a release; none if the clone lacks some of its files."""
    with tempfile.TemporaryDirectory() as folder:
        checkout, registry = Path(folder) / "checkout", Path(folder) / "registry"
        names = _git(clone, "ls-tree", "-r", "-z", "--name-only", tag).decode().split("\0")
        read = [name for name in names if name.endswith(_READ) and not name.startswith("modules/")]
        try:
            packed = _git(clone, "archive", tag, "--", *read)
        except subprocess.CalledProcessError:
            return []
        with tarfile.open(fileobj=BytesIO(packed)) as archive:
            archive.extractall(checkout, filter="data")
        return [_answer(str(checkout), registry, clone.parent.name if clone.name == ".git" else clone.name, tag)]


def _answer(source: str, registry: Path, name: str, tag: str) -> list[str]:
    """A row of the table: name, release, how its sheet is read, and what the import says."""
    without = set[str]()
    try:
        checkout = read_checkout(source)
        name = checkout.manifest.get("name", name)
        entry = _entry(checkout, registry, tag, without)
    except CannotExpressError as error:
        return [name, tag, "", f"refused: {error}"]
    left_out = f", without {', '.join(sorted(without))}" if without else ""
    answer = f"refused: {entry.refusals[0]}" if entry.refusals else f"imported{left_out}"
    return [name, tag, _sheet(entry), answer]


def _entry(checkout: Checkout, registry: Path, tag: str, without: set[str]) -> RegistryEntry:
    """The entry; parameters that are lists or objects are added to `without`. Raises CannotExpressError."""
    try:
        return make_entry(checkout, registry, version=_three_parts(tag), without=without)
    except CannotExpressError as error:
        found = _LISTS.search(str(error))
        if not found or found[1] in without:
            raise
        without.add(found[1])
    return _entry(checkout, registry, tag, without)


def _sheet(entry: RegistryEntry) -> str:
    """How the sheet is read, and the number of example sheets that were tried."""
    tried = f"{entry.tried} of its own" if entry.tried else "none of its own"
    return f"{entry.contents.partition(' and ')[2].removeprefix('a samplesheet that is ')}; {tried}"


def _three_parts(tag: str) -> str:
    """A release as the registry writes it; old ones have two parts."""
    return tag if tag.count(".") > 1 else f"{tag}.0"


def _git(clone: Path, *command: str) -> bytes:
    asked = ["git", f"--git-dir={clone}", *command]
    return subprocess.run(asked, capture_output=True, check=True).stdout  # nosec B603


if __name__ == "__main__":
    sys.exit(main())
