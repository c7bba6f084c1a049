"""`make run`: start the local stack, say what it is and what to try, and stay up until told to stop."""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

from localdev.stack.layout import StackError
from localdev.stack.ports import HIGHEST_PORT, LOWEST_PORT, Ports
from localdev.stack.stack import Stack
from localdev.stack.welcome import welcome_text

_LOOK_EVERY_S = 0.25
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody wants the stack to stop: ctrl-C, TERM, or the terminal is gone."""


def stop_on_signals() -> None:
    """Let the first signal stop the stack, and no later one disturb the stopping.

    Explicit even for SIGINT, which a shell script's `&` has children ignore.
    """

    def leave(_signal: int, _frame: FrameType | None) -> None:
        for number in _STOPPING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in _STOPPING_SIGNALS:
        signal.signal(number, leave)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong and no more: who typed `make` is not helped by the options of what it calls."""
        self.exit(2, f"sluice: {message}\n")


def arguments_of(
    program: str, add_options: Callable[[argparse.ArgumentParser], None] = lambda _parser: None
) -> argparse.Namespace:
    """The port and the folder of the stack, from the command line, and what `add_options` adds."""
    parser = _Parser(prog=program)
    parser.add_argument("--port", type=_gateway_port, default=8080, help="the public one; the others follow it")
    parser.add_argument("--state", type=Path, default=Path(".local"), help="the folder that keeps everything")
    add_options(parser)
    return parser.parse_args()


def _gateway_port(text: str) -> int:
    highest = HIGHEST_PORT - max(Ports(0).all().values())
    if not text.isdecimal() or not LOWEST_PORT <= int(text) <= highest:
        raise argparse.ArgumentTypeError(
            f"PORT may be {LOWEST_PORT} to {highest}, as the stack uses the ports above it, too; it is {text!r}"
        )
    return int(text)


def seconds_since_start() -> float:
    """How long this process has existed, the loading of modules included."""
    return time.time() - psutil.Process().create_time()


def stay_up(stack: Stack) -> None:
    """Return never; StackError when a part dies."""
    while True:
        time.sleep(_LOOK_EVERY_S)
        stack.check()


def main() -> int:
    """The exit status: 0 when told to stop, 1 when something is wrong."""
    arguments = arguments_of("localdev.stack.run")
    stop_on_signals()
    try:
        with Stack(Ports(arguments.port), arguments.state) as stack:
            print(welcome_text(stack.ports))
            print(f"Started in {seconds_since_start():.1f} s; what each part says is in {stack.folders.telemetry}")
            print("Ctrl-C stops it; what it was told stays.", flush=True)
            stay_up(stack)
    except Stopped:
        print("stopped")
    except StackError as error:
        print(f"sluice: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
