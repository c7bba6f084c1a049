"""Amounts of money as people read them; the API counts nano-dollars, billionths of a US dollar."""

from collections.abc import Sequence
from typing import Final

NANO: Final = 1_000_000_000
UNKNOWN: Final = "unknown"


def money_words(nano_dollars: int, *, of: int | None = None) -> str:
    """`$1,204.50`, `$0.0124` below a dollar, `< $0.0001`; `of` is the total whose digits a part of it has."""
    step = _step(nano_dollars if of is None else of)
    amount = (abs(nano_dollars) + step // 2) // step * step
    if nano_dollars and not amount:
        return f"< {_dollars(step, step)}"
    return f"{'-' if nano_dollars < 0 else ''}{_dollars(amount, step)}"


def cost_words(nano_dollars: int | None, *, complete: bool, basis: str) -> str:
    """`$1.23`; with a doubt if something of it is not known, `unknown` if nothing is."""
    return UNKNOWN if nano_dollars is None else doubted(money_words(nano_dollars), complete=complete, basis=basis)


def doubted(amount: str, *, complete: bool, basis: str) -> str:
    """`at least $1.23` if something is missing, `about $1.23` if something is guessed, which may be too much."""
    if complete:
        return amount
    return f"about {amount}" if basis == "request" else f"at least {amount}"


def apportioned(total: int, parts: Sequence[int]) -> list[int]:
    """The parts in the digits of the total, by the largest remainder: they add up to the total as it is shown."""
    step = _step(total)
    shown = [part // step for part in parts]
    left = (total + step // 2) // step - sum(shown)
    by_remainder = sorted(range(len(parts)), key=lambda place: -(parts[place] % step))
    for place in by_remainder[:left]:
        shown[place] += 1
    return [steps * step for steps in shown]


def _step(total: int) -> int:
    """What the last digit stands for: a hundredth of a cent below a dollar, else a cent."""
    return NANO // 10_000 if abs(total) < NANO else NANO // 100


def _dollars(amount: int, step: int) -> str:
    whole, rest = divmod(amount, NANO)
    digits = 4 if step == NANO // 10_000 else 2
    return f"${whole:,}.{rest // step:0{digits}}"
