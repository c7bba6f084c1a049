"""Whether a user's nextflow.config is closed everywhere that it opens: one that was cut off costs a head job to fail.

Only what is certain counts. Texts between slashes and `${…}` within a text may hold quotes and brackets of their own,
so where there are such nothing is said.
"""

from typing import Final, NamedTuple

from common.domain.nextflow.config.reserved_settings import TOKEN

_CLOSED_BY: Final = {"{": "}", "(": ")", "[": "]"}
_QUOTES: Final = ("'''", '"""', "'", '"')


class Unclosed(NamedTuple):
    """The line (the first is 1) and what is wrong there."""

    line: int
    message: str


def unclosed_in(config: str) -> Unclosed | None:
    """The first bracket or quote that has no other; None when all have, or it cannot be told."""
    line, opened, found = 1, list[tuple[int, str]](), None
    for token in TOKEN.finditer(config):
        word, kind = token[0], token.lastgroup
        if (kind == "mark" and word == "/") or (kind == "text" and _goes_on(word)):
            return None
        if found is None and kind == "text" and not _is_closed(word):
            found = Unclosed(line, f"the quote {word[:1]} in line {line} is never closed")
        elif found is None and kind == "mark":
            found = _bracket(word, line, opened)
        line += word.count("\n")
    if found is None and opened:
        at, bracket = opened[-1]
        found = Unclosed(at, f"the bracket {bracket} in line {at} is never closed")
    return found


def _goes_on(text: str) -> bool:
    """Whether a text ends within its `${…}`: a quote in there begins another text, and does not end this one."""
    return text.startswith('"') and "${" in text and text.count("{") != text.count("}")


def _is_closed(text: str) -> bool:
    quote = next(quote for quote in _QUOTES if text.startswith(quote))
    return len(text) >= 2 * len(quote) and text.endswith(quote)


def _bracket(mark: str, line: int, opened: list[tuple[int, str]]) -> Unclosed | None:
    """What is wrong with a closing bracket; an opening one is noted."""
    if mark in _CLOSED_BY:
        opened.append((line, mark))
    elif mark in _CLOSED_BY.values():
        if not opened:
            return Unclosed(line, f"the bracket {mark} in line {line} closes nothing")
        at, before = opened.pop()
        if _CLOSED_BY[before] != mark:
            return Unclosed(line, f"the bracket {mark} in line {line} does not close the {before} in line {at}")
    return None
