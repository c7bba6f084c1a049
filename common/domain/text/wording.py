"""Phrases for error messages: lists of choices, shortened values, and suggestions for misspelled names."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_GUESSES = 20  # of one request; each compares a name with all known ones, letter by letter


def one_of(choices: Iterable[str]) -> str:
    """The choices as `a`, `a or b`, or `a, b or c`."""
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most similar to `name`, ignoring case; None when none is similar."""
    by_lower_case = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.strip().lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean aligner?)` when a known name is similar, else an empty text."""
    near = nearest(name[:100], known)
    return f" (did you mean {near}?)" if near else ""


def shortened(text: str, longest: int = 40) -> str:
    """`text` in quotes, with unprintable characters escaped, cut after `longest` characters."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")
