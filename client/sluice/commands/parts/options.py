"""Options and arguments that several commands have."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from sluice.output.writer import Output
from sluice.vocabulary import LAST

Function = TypeVar("Function", bound=Callable[..., Any])


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json, --format and --utc; the command gets them as `out`."""

    @functools.wraps(command)
    def with_output(*arguments: Any, as_json: bool, template: str | None, utc: bool, **options: Any) -> Any:  # noqa: ANN401
        if as_json and template is not None:
            raise click.UsageError("--json and --format exclude each other")
        return command(*arguments, out=Output(as_json=as_json, template=template, utc=utc), **options)

    form = click.option(
        "--format", "template", metavar="TEMPLATE", help="A line for each, such as '{run_id} {status}'."
    )
    utc = click.option("--utc", is_flag=True, help="Times in UTC instead of the local zone.")
    json = click.option("--json", "as_json", is_flag=True, help="The objects of the API, one a line.")
    return json(form(utc(with_output)))


def run_argument(command: Function) -> Function:
    """Adds the argument RUN; the command gets it as `reference`."""
    from sluice.commands.parts.completion import complete_run  # noqa: PLC0415 only when a command is loaded

    return click.argument("reference", metavar="[RUN]", default=LAST, shell_complete=complete_run)(command)


def example(*lines: str) -> str:
    """The end of a help text: lines that can be typed."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])  # \b: click keeps the lines
