"""sluice check."""

import click

from sluice.commands.parts.inputs import Inputs, input_options
from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.errors import Fault, InputError
from sluice.models.runs import FaultInfo
from sluice.output.terminal import fault_line, tell
from sluice.output.words import counted
from sluice.output.writer import Output


@click.command(epilog=example("sluice check -p nf-core/scrnaseq -s samplesheet.csv --params params.yaml"))
@input_options
@output_options
def check(out: Output, inputs: Inputs) -> None:
    """Check the inputs of a run without starting it.

    Writes every fault as file:row:column: message; the exit code is 2 if there is one.
    """
    with connect() as sluice:
        found = sluice.check(
            pipeline=inputs.pipeline,
            version=inputs.version,
            sheet=inputs.sheet_text(),
            params=inputs.params(),
            config=inputs.config,
        )
    if out.has_chosen_form:
        out.value(found.raw, "")
    else:
        for fault in found.errors:
            out.line(_line(inputs, fault))
        for warning in found.warnings:
            tell(f"warning: {_line(inputs, warning)}")
    if not found.valid:
        raise InputError(counted(len(found.errors), "fault"))
    samples, rows = counted(found.sample_count or 0, "sample"), counted(found.row_count or 0, "row")
    tell(f"{samples} in {rows}; nothing is wrong. Whether their files exist is looked up by `sluice submit`.")


def _line(inputs: Inputs, info: FaultInfo) -> str:
    fault = inputs.placed(Fault(info.field, info.message, info.row, info.column))
    return fault_line(fault.field, fault.row, fault.column, fault.message)
