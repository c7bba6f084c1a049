"""Finds a bracket or quote in a user's nextflow.config that is not closed, before a head job starts and fails on it.

A config with a lone slash is not checked: it may divide, or begin a text that Nextflow reads otherwise.
"""

from typing import Final, NamedTuple

from common.domain.nextflow.config.tokens import tokens

_CLOSED_BY: Final = {"{": "}", "(": ")", "[": "]"}
_QUOTES: Final = ("'''", '"""', "'", '"')


class Unclosed(NamedTuple):
    """The line (from 1) and a message."""

    line: int
    message: str


def unclosed_in(config: str) -> Unclosed | None:
    """The first bracket or quote without its counterpart; None when there is none, or the config cannot be checked."""
    line, opened, found = 1, list[tuple[int, str]](), None
    for kind, word, _end in tokens(config):
        if kind == "mark" and word == "/":
            return None
        if found is None and kind == "text" and not _is_closed(word):
            found = Unclosed(line, f"the quote {word[:1]} in line {line} is not closed")
        elif found is None and kind == "mark":
            found = _bracket(word, line, opened)
        line += word.count("\n")
    if found is None and opened:
        at, bracket = opened[-1]
        found = Unclosed(at, f"the bracket {bracket} in line {at} is not closed")
    return found


def _is_closed(text: str) -> bool:
    quote = next((quote for quote in _QUOTES if text.startswith(quote)), "")  # a text in slashes is closed
    return len(text) >= 2 * len(quote) and text.endswith(quote)


def _bracket(mark: str, line: int, opened: list[tuple[int, str]]) -> Unclosed | None:
    """What is wrong with a closing bracket; an opening one is added to `opened`."""
    if mark in _CLOSED_BY:
        opened.append((line, mark))
    elif mark in _CLOSED_BY.values():
        if not opened:
            return Unclosed(line, f"the bracket {mark} in line {line} has no opening bracket")
        at, before = opened.pop()
        if _CLOSED_BY[before] != mark:
            return Unclosed(line, f"the bracket {mark} in line {line} does not close the {before} in line {at}")
    return None
