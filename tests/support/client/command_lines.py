"""Whether the command line understands a line."""

import shlex

import click

from sluice.cli import sluice


def check_command_line(line: str) -> None:
    """Raise click.UsageError if `line`, `sluice …`, has a command or an option that does not exist. Runs nothing."""
    command: click.Command = sluice
    context = click.Context(sluice, info_name="sluice")
    _, *arguments = shlex.split(line, comments=True)
    while isinstance(command, click.Group) and arguments:
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command, context = found, click.Context(found, context, name)
    with command.make_context(context.info_name, arguments, context.parent):
        pass
