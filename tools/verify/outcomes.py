"""What a fact is, and what trying it can show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """The fact holds; `detail` has what was seen."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The fact does not hold: what was seen, what that means, and what to do or to type."""

    seen: str
    means: str
    do: str


@dataclass(frozen=True, slots=True)
class NotHere:
    """The fact could not be tried, and why; it is not known whether it holds."""

    reason: str


Outcome = Held | Failed | NotHere


class FaultError(Exception):
    """Ends the trial of a fact that does not hold."""

    def __init__(self, seen: str, means: str, do: str) -> None:
        super().__init__(seen)
        self.failed = Failed(seen, means, do)


class NotTriedError(Exception):
    """Ends the trial of a fact that cannot be tried; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that must be true of a deployment.

    `key` names it on the command line, `claim` in the report. `check` takes what is tried. If one of the facts `needs`
    does not hold, this one is not tried, because it could only fail for the same reason.
    """

    key: str
    claim: str
    check: Callable[[Any], Outcome]
    needs: tuple[str, ...] = ()
