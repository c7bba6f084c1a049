"""Words that messages share: lists of choices, quoted values, and the name that somebody probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def one_of(choices: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest to `name`, letter case aside; None when none is near."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.strip().lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean aligner?)` when a known name is near; else nothing."""
    near = nearest(name[:100], known)
    return f" (did you mean {near}?)" if near else ""


def shortened(text: str, longest: int = 40) -> str:
    """`text` in quotes, with what cannot be printed escaped, and cut after `longest` characters."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")
