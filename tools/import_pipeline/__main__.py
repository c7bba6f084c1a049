"""`make add-pipeline SOURCE=FOLDER`: makes a registry entry of an nf-core pipeline from its checkout.

NAME and VERSION take the place of what the checkout's manifest says, WITHOUT=a,b leaves parameters out, FORCE=1
replaces an entry that says something else; the difference is shown either way.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from common.services.pipelines.release_files import RELEASES, PipelineDataError
from tools.import_pipeline.checkout import read_checkout
from tools.import_pipeline.entry import RegistryEntry, make_entry
from tools.import_pipeline.fields import CannotExpressError


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 when the registry now says what the checkout says."""
    given = _arguments(arguments)
    try:
        checkout = read_checkout(given.source)
        without = frozenset(filter(None, given.without.split(",")))
        entry = make_entry(checkout, given.registry, name=given.name, version=given.version, without=without)
        return _add(entry, force=given.force)
    except (CannotExpressError, PipelineDataError) as error:
        print(f"add-pipeline: {error}", file=sys.stderr)
        return 1


def _add(entry: RegistryEntry, *, force: bool) -> int:
    for note in entry.notes:
        print(f"note: {note}")
    difference = entry.difference()
    if not difference:
        print(f"{entry.name} {entry.version} is there already, and says the same.")
        return 0
    print(difference, end="")
    if entry.replaces and not force:
        print(f"{entry.name} {entry.version} is there and says something else; FORCE=1 replaces it.", file=sys.stderr)
        return 1
    entry.write()
    print(
        f"{entry.name} {entry.version} can be run now, with {entry.contents}; deploy the functions runs and pipelines."
    )
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.import_pipeline", description=__doc__)
    parser.add_argument("source", type=Path, help="the checkout: a folder with nextflow_schema.json")
    parser.add_argument("--name", default="", help="owner/name, such as nf-core/rnaseq")
    parser.add_argument("--version", default="", help="the release, such as 3.14.0")
    parser.add_argument("--without", default="", help="parameters to leave out, with commas between them")
    parser.add_argument("--force", action="store_true", help="replace an entry that says something else")
    parser.add_argument("--registry", type=Path, default=RELEASES, help="the folder of the registry")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
