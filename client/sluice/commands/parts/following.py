"""Waiting for a run, and what is said meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from sluice.commands.parts.times import seconds
from sluice.errors import Interrupted, RunFailed
from sluice.output.words import time_words
from sluice.vocabulary import FINAL

if TYPE_CHECKING:
    from sluice.run import Run
    from sluice.sse import StreamEvent


def wait_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --wait, --follow and --timeout."""
    follow = click.option("--follow", is_flag=True, help="Say what happens, on stderr, until the run ends.")
    wait = click.option("--wait", is_flag=True, help="Wait until the run ends; the exit code says how.")
    return wait(follow(timeout_option(command)))


def notify_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --notify and --no-notify; the command gets None without either."""
    about = "Whether you get word of the run; without it, as your preferences say."
    return click.option("--notify/--no-notify", default=None, help=about)(command)


def timeout_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --timeout; the command gets seconds."""
    about = "Stop waiting after 90s, 15m or 4h (exit code 124)."
    return click.option("--timeout", metavar="TIME", callback=_seconds_of, help=about)(command)


def wait_if_asked(run: "Run", tell: Callable[[str], None], *, wait: bool, follow: bool, timeout: float | None) -> None:
    """Wait for the end of a run. Raises RunFailed, RunCancelled, TimedOut or Interrupted."""
    if not (wait or follow):
        return
    said: str | None = None
    with detaching(run.id):
        for event in run.events(deadline=deadline_in(run, timeout)):
            line = line_of(event)
            if follow and line and line != said:
                tell(line)
                said = line
        require_completed(run)


def require_completed(run: "Run") -> None:
    """Raises RunFailed, which says how to look for the reason, RunCancelled, or TimedOut."""
    from sluice.run import require_completed as require  # noqa: PLC0415 it loads the HTTP library

    try:
        require(run.info())
    except RunFailed as failed:
        message = f"{failed.message}\n`sluice why {run.id}` says more."
        raise RunFailed(message, cause=failed.cause, evidence=failed.evidence) from failed


def deadline_in(run: "Run", timeout: float | None) -> float | None:
    """The time at which `timeout` seconds are over, on the clock of the run."""
    return None if timeout is None else run.clock() + timeout


def _seconds_of(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    del context, parameter
    return None if value is None else seconds(value)


@contextmanager
def detaching(run_id: str, command: str = "watch") -> Iterator[None]:
    """At ctrl-C, say that the run goes on and how to look again."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"the run goes on; look again with `sluice {command} {run_id}`") from None


def line_of(event: "StreamEvent", *, utc: bool = False) -> str | None:
    """One line about an event of a run; None for one that this client does not know."""
    data = event.data
    if event.kind == "progress":
        counts = ", ".join(
            f"{count} {state.lower()}" for state, count in sorted(data.get("tasks", {}).items()) if count
        )
        return f"tasks: {counts}"
    if event.kind not in {"status", "done", "action"}:
        return None
    if event.kind == "status" and data.get("status") in FINAL:
        return None  # `done` follows and says so
    words = str(data.get("status") or data.get("action", "")).replace("_", " ")
    if event.kind == "status" and data.get("failing"):
        words += " (failing)"
    detail = data.get("status_detail") or (data.get("error_message") if event.kind == "done" else None)
    at = time_words(datetime.fromisoformat(data["at"]), utc=utc) + "  " if "at" in data else ""
    ended = "ended: " if event.kind == "done" else ""
    return f"{at}{ended}{words}{f': {detail}' if detail else ''}"
