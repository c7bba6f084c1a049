"""sluice submit."""

import click

from sluice.commands.parts.following import notify_option, wait_if_asked, wait_options
from sluice.commands.parts.inputs import Inputs, input_options
from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.errors import InputError
from sluice.output.terminal import tell
from sluice.output.writer import Output

_EPILOG = example(
    "sluice submit -p nf-core/scrnaseq -s samplesheet.csv --params params.yaml --follow",
    "sluice submit -p nf-core/scrnaseq -s samplesheet.csv --set genome=GRCh38 --set protocol=10XV3 --name 'Donor 1'",
)


@click.command(epilog=_EPILOG)
@input_options
@click.option("--name", metavar="TEXT", help="What to call the run, such as 'Donor 1, first trial'.")
@click.option("--ngs-run", "ngs_runs", multiple=True, metavar="NAME",
              help="The NGS run in Benchling that its samples are from; may be repeated.")  # fmt: skip
@click.option("--project", metavar="NAME", help="The project in Benchling that it is for.")
@notify_option
@wait_options
@output_options
def submit(  # noqa: PLR0913 its options
    out: Output, inputs: Inputs, name: str | None, ngs_runs: tuple[str, ...], project: str | None,
    timeout: float | None, *, notify: bool | None, wait: bool, follow: bool,
) -> None:  # fmt: skip
    """Start a run and write its id.

    If the connection breaks before the answer, the same command again finds the run instead of starting another.
    """
    text = inputs.sheet_text()
    if text is None:
        raise InputError("--sheet is missing: name the samplesheet, or - for stdin")
    with connect() as sluice:
        with inputs.placing_faults():
            run = sluice.submit(
                pipeline=inputs.pipeline,
                version=inputs.version,
                sheet=text,
                params=inputs.params(),
                config=inputs.config,
                name=name,
                source_ngs_runs=ngs_runs,
                source_project=project,
                notify=notify,
            )
        out.value(run.created, run.id)
        tell(f"{sluice.api.transport.server}/runs/{run.id}")
        if run.was_there:
            tell("An earlier command had submitted it; its answer had not arrived.")
        wait_if_asked(run, tell, wait=wait, follow=follow, timeout=timeout)
