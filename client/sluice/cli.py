"""The command `sluice`: loads a command when it is used, and turns errors into exit codes."""

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import click

from sluice.errors import InputError, SluiceError, exit_code_of
from sluice.settings import VERSION

# command → the module below sluice.commands that has it
COMMANDS: Final[Mapping[str, str]] = {
    "login": "account",
    "logout": "account",
    "whoami": "account",
    "pipelines": "start.pipelines",
    "check": "start.check",
    "sheet": "start.sheet",
    "submit": "start.submit",
    "runs": "read.runs",
    "show": "read.show",
    "why": "read.why",
    "watch": "read.watch",
    "logs": "read.logs",
    "tasks": "read.tasks",
    "files": "read.files",
    "get": "read.files",
    "cancel": "start.cancel",
    "recover": "start.recover",
    "cost": "insight.cost",
    "compare": "insight.compare",
    "advise": "insight.advise",
    "failures": "insight.failures",
    "search": "insight.search",
    "dump": "read.dump",
    "api": "api",
}
_INTERRUPTED, _PIPE_CLOSED = 130, 141  # 128 and the number of the signal


class LazyGroup(click.Group):
    """A group whose commands are imported one by one, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"sluice.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="sluice", message="%(prog)s %(version)s")
def sluice() -> None:
    """Run nf-core pipelines on a Sluice service.

    The usual way is login, pipelines show NAME --example DIR, check, submit, watch, get; why and recover when a run
    fails. RUN is the id of a run, the beginning of one, @last (the default) or @-2, the one before it.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    if "_SLUICE_COMPLETE" in os.environ:
        sluice.main(prog_name="sluice")  # answers the shell and exits
    code = 0
    try:
        with sluice.make_context("sluice", list(sys.argv[1:] if arguments is None else arguments)) as context:
            sluice.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except SluiceError as error:
        code = _report(error)
    except (KeyboardInterrupt, click.Abort):
        code = _INTERRUPTED
    except BrokenPipeError:  # whoever read stdout, or stderr with it, has enough
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        code = _PIPE_CLOSED
    except OSError as error:  # a file of this machine; requests have errors of their own
        code = _report(InputError(f"{error.filename}: {error.strerror}" if error.filename else str(error)))
    return code


def _report(error: SluiceError) -> int:
    """Say on stderr what is wrong, and the id by which the operator finds it; the exit code."""
    from sluice.output.terminal import fault_line, tell  # noqa: PLC0415

    faults = error.faults if isinstance(error, InputError) else ()
    lines = [fault_line(fault.field, fault.row, fault.column, fault.message) for fault in faults]
    tell("\n".join(lines or [f"sluice: {error.message}"]))
    if error.request_id:
        tell(f"request id: {error.request_id}")
    return exit_code_of(error)
