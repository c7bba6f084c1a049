"""sluice sheet."""

import click

from sluice.commands.parts.options import example
from sluice.commands.parts.session import connect
from sluice.output.writer import Output


@click.group(epilog=example("sluice sheet from-benchling 2026-11-20_NV0000 > samplesheet.csv"))
def sheet() -> None:
    """Make samplesheets."""


@sheet.command("from-benchling", epilog=example("sluice sheet from-benchling 2026-11-20_NV0000 --complete"))
@click.argument("ngs_run")
@click.option("--complete", is_flag=True, help="Refuse an NGS run that lacks read files.")
@click.option("--revision", "-r", "version", metavar="VERSION", help="The release of the pipeline that reads it.")
def from_benchling(ngs_run: str, version: str | None, *, complete: bool) -> None:
    """Write the samplesheet of an NGS run to stdout.

    `sluice api GET /api/benchling/runs` lists the NGS runs.
    """
    with connect() as sluice:
        text = sluice.sheet_from_benchling(ngs_run, version=version, complete=complete)
    Output().text(text)
