"""`make add-pipeline SOURCE=FOLDER`: adds a release of an nf-core pipeline to the registry, from a checkout of it.

NAME and VERSION override the checkout's manifest, WITHOUT=a,b omits parameters, and FORCE=1 replaces a registry entry
that differs. The difference is printed in any case. The new entry is tried on the pipeline's own example sheets,
defaults and test profile; what it refuses is shown and nothing is added, unless ANYWAY=1 is given.

With --check PARAMS.json SHEET… the entry is then tried on these: {"params": [faults], "sheets": {SHEET: [faults]}}.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from common.domain.pipelines.addresses import own_paths
from common.domain.pipelines.params import fill_values, validate_params
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.errors import Fault
from common.services.pipelines.registry import PipelineRegistry
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
        if given.check:
            return _check(entry, given.check[0], given.check[1:])
        return _add(entry, force=given.force, anyway=given.anyway)
    except (CannotExpressError, PipelineDataError) as error:
        print(f"add-pipeline: {error}", file=sys.stderr)
        return 1


def _add(entry: RegistryEntry, *, force: bool, anyway: bool) -> int:
    for note in entry.notes:
        print(f"note: {note}")
    for refusal in entry.refusals:
        print(f"refused: {refusal}", file=sys.stderr)
    if entry.refusals and not anyway:
        print(
            "The entry refuses what the pipeline itself brings, so nothing was added. If the pipeline refuses it too,"
            " ANYWAY=1 adds it.",
            file=sys.stderr,
        )
        return 1
    difference = entry.difference()
    if not difference:
        print(f"{entry.name} {entry.version} is already in the registry, without any difference.")
        return 0
    print(difference, end="")
    if entry.replaces and not force:
        print(f"{entry.name} {entry.version} is already there and differs; FORCE=1 replaces it.", file=sys.stderr)
        return 1
    entry.write()
    print(f"Added {entry.name} {entry.version} with {entry.contents}.")
    print(
        "To try it here, restart make run. Its simulator knows only nf-core/scrnaseq; of any other pipeline it runs a"
    )
    print("few processes for each sample. For Google Cloud: make head-image, then make deploy.")
    return 0


def _check(entry: RegistryEntry, params: str, sheets: Sequence[str]) -> int:
    """Print the faults of a request's parameters and sheets; nothing is added."""
    with tempfile.TemporaryDirectory() as folder:
        replace(entry, registry=Path(folder)).write()
        loaded = PipelineRegistry.load(Path(folder)).get_pipeline(entry.name, entry.version)
    values = json.loads(Path(params).read_text(encoding="utf-8"))
    read = {
        sheet: read_sample_sheet(Path(sheet).read_bytes(), loaded, fill=fill_values(loaded, values)) for sheet in sheets
    }
    faults = {sheet: [*read[sheet].faults, *own_paths(loaded, {}, read[sheet].paths)] for sheet in sheets}
    found = {
        "params": list(map(_shown, [*validate_params(loaded, values), *own_paths(loaded, values, ())])),
        "sheets": {sheet: list(map(_shown, faults[sheet])) for sheet in sheets},
    }
    print(json.dumps(found, indent=2, ensure_ascii=False))
    return 0


def _shown(fault: Fault) -> str:
    place = ", ".join(filter(None, [f"row {fault.row}" if fault.row else "", fault.column or ""]))
    return f"{fault.field}{f' ({place})' if place else ''}: {fault.message}"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.import_pipeline", description=__doc__)
    parser.add_argument("source", help="the checkout: a folder with nextflow_schema.json")
    parser.add_argument("--name", default="", help="owner/name, such as nf-core/rnaseq")
    parser.add_argument("--version", default="", help="the release, such as 3.14.0")
    parser.add_argument("--without", default="", help="parameters to omit, separated by commas")
    parser.add_argument("--force", action="store_true", help="replace an entry that differs")
    parser.add_argument("--anyway", action="store_true", help="add an entry that refuses the pipeline's own examples")
    parser.add_argument(
        "--check", nargs="+", metavar="FILE", help="try the entry on PARAMS.json and sheets, add nothing"
    )
    parser.add_argument("--registry", type=Path, default=RELEASES, help="the folder of the registry")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
