"""`make run`: start the local stack, print what runs and what to try, and run until stopped."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

from localdev.stack.environment import url
from localdev.stack.folder_lock import FolderInUseError
from localdev.stack.layout import StackError
from localdev.stack.ports import HIGHEST_PORT, LOWEST_PORT, Ports, running_ports
from localdev.stack.stack import Stack
from localdev.stack.supervisor import PRIVATE_UMASK
from localdev.stack.welcome import welcome_text

_CHECK_EVERY_S = 0.25
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked the stack to stop: INT (Ctrl-C), TERM or HUP."""


def stop_on_signals() -> None:
    """Make the first INT, TERM or HUP raise Stopped, and ignore later ones so that they do not disturb the shutdown.

    INT needs a handler as well: a shell script starts background jobs with INT ignored.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        for number in _STOPPING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in _STOPPING_SIGNALS:
        signal.signal(number, leave)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print the error without the usage: the caller typed `make`, not these options."""
        self.exit(2, f"sluice: {message}\n")


def arguments_of(
    program: str, add_options: Callable[[argparse.ArgumentParser], None] = lambda _parser: None
) -> argparse.Namespace:
    """The command line's --port and --state, and the options that `add_options` adds."""
    parser = _Parser(prog=program)
    parser.add_argument(
        "--port", type=_gateway_port, default=8080, help="the public port; the other parts use the ports above it"
    )
    parser.add_argument("--state", type=Path, default=Path(".local"), help="the folder for all data of the stack")
    add_options(parser)
    return parser.parse_args()


def _gateway_port(text: str) -> int:
    highest = HIGHEST_PORT - max(Ports(0).all().values())
    if not text.isdecimal() or not LOWEST_PORT <= int(text) <= highest:
        raise argparse.ArgumentTypeError(
            f"PORT must be {LOWEST_PORT} to {highest} (the stack also uses the ports above it), not {text!r}"
        )
    return int(text)


def seconds_since_start() -> float:
    """Seconds since this process started, including the time to load modules."""
    return time.time() - psutil.Process().create_time()


def watch(stack: Stack) -> NoReturn:
    """Never return; raise StackError when a part of the stack dies."""
    while True:
        time.sleep(_CHECK_EVERY_S)
        stack.check()


def _print_part(name: str) -> None:
    print(f"  {seconds_since_start():4.1f} s  {name} is up", flush=True)


def main() -> int:
    """Run the stack; return 0 when it was stopped, 1 after an error."""
    arguments = arguments_of("localdev.stack.run")
    stop_on_signals()
    os.umask(PRIVATE_UMASK)
    try:
        with Stack(Ports(arguments.port), arguments.state, report=_print_part) as stack:
            print(welcome_text(stack.ports))
            print(f"Started in {seconds_since_start():.1f} s. The log of each part is in {stack.folders.telemetry}.")
            print("Ctrl-C stops the stack; its data is kept for the next start.", flush=True)
            watch(stack)
    except Stopped:
        print("Stopped.")
    except FolderInUseError as error:
        running = running_ports(arguments.state)
        print(f"sluice: {error}" + (f", or open {url(running.gateway)}" if running else ""), file=sys.stderr)
        return 1
    except StackError as error:
        print(f"sluice: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
