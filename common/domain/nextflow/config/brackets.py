"""Finds a bracket or quote in a user's nextflow.config that is not closed, before a head job starts and fails on it.

Slashy strings and `${...}` inside a string may contain quotes and brackets of their own; a config with one of them is
not checked.
"""

from typing import Final, NamedTuple

from common.domain.nextflow.config.settings import TOKEN

_CLOSED_BY: Final = {"{": "}", "(": ")", "[": "]"}
_QUOTES: Final = ("'''", '"""', "'", '"')


class Unclosed(NamedTuple):
    """The line (from 1) and a message."""

    line: int
    message: str


def unclosed_in(config: str) -> Unclosed | None:
    """The first bracket or quote without its counterpart; None when there is none, or the config cannot be checked."""
    line, opened, found = 1, list[tuple[int, str]](), None
    for token in TOKEN.finditer(config):
        word, kind = token[0], token.lastgroup
        if (kind == "mark" and word == "/") or (kind == "text" and _is_split(word)):
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


def _is_split(text: str) -> bool:
    """Whether the token ends inside a `${...}`: a quote in there begins another string and does not end this one."""
    return text.startswith('"') and "${" in text and text.count("{") != text.count("}")


def _is_closed(text: str) -> bool:
    quote = next(quote for quote in _QUOTES if text.startswith(quote))
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
