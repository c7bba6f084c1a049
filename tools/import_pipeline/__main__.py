"""`make add-pipeline SOURCE=FOLDER`: adds a release of an nf-core pipeline to the registry, from a checkout of it.

NAME and VERSION override the checkout's manifest, WITHOUT=a,b omits parameters, and FORCE=1 replaces a registry entry
that differs. The difference is printed in any case.
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
    """Add the release; the exit status is 0 when the registry now matches the checkout."""
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
        print(f"{entry.name} {entry.version} is already in the registry, without any difference.")
        return 0
    print(difference, end="")
    if entry.replaces and not force:
        print(f"{entry.name} {entry.version} is already there and differs; FORCE=1 replaces it.", file=sys.stderr)
        return 1
    entry.write()
    print(f"Added {entry.name} {entry.version} with {entry.contents}. Now run: make head-image, then make deploy")
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.import_pipeline", description=__doc__)
    parser.add_argument("source", type=Path, help="the checkout: a folder with nextflow_schema.json")
    parser.add_argument("--name", default="", help="owner/name, such as nf-core/rnaseq")
    parser.add_argument("--version", default="", help="the release, such as 3.14.0")
    parser.add_argument("--without", default="", help="parameters to omit, separated by commas")
    parser.add_argument("--force", action="store_true", help="replace an entry that differs")
    parser.add_argument("--registry", type=Path, default=RELEASES, help="the folder of the registry")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
