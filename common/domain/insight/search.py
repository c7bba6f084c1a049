"""Which words of a line can be searched for, and what is shown of a line that was found.

A word is a run of letters and digits; names with underscores or dots can be found as a whole, too: `STAR_ALIGN` is
found by `star`, `align` and `star_align`. Postgres's own parser would take `java.lang.OutOfMemoryError` for the name
of a host.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

LONGEST_LINE: Final = 2_000  # characters of a line that are kept
SHORTEST_PREFIX: Final = 3  # characters; a shorter last word has to match as a whole
OUTPUT_LINES: Final = 200  # of a failed task, the last ones
DIAGNOSIS: Final = -1  # the number of the line that tells why a run failed
_LONGEST_WORD: Final = 100
_MOST_WORDS_OF_A_LINE: Final = 300
_SNIPPET: Final = 240  # characters

_NAME: Final = re.compile(r"\w+(?:\.\w+)*")
_PART: Final = re.compile(r"[^\W_]+")
_BETWEEN_DOTS: Final = re.compile(r"\w+")


class SearchLine(NamedTuple):
    """One line that can be found: an entry of the log, the diagnosis (`number` is DIAGNOSIS), or output of `task`.

    `number` counts entries of the log from 0, and lines of a task's output from the first one kept. `level` is an index
    in LEVELS (common/models/log_entries.py), None if the line has none. `at` is None if its time is unknown.
    """

    task: str
    number: int
    at: datetime | None
    level: int | None
    text: str


def words_in(text: str) -> list[str]:
    """The words of a line, in lower case, each once; of a very long line those at its beginning."""
    words: dict[str, None] = {}
    for name in _NAME.findall(_composed(text[:LONGEST_LINE]).lower()):
        is_one = name.isalnum()  # as most are: without underscores and dots
        for part in (name,) if is_one else (name, *_BETWEEN_DOTS.findall(name), *_PART.findall(name)):
            words[_word(part)] = None
        if len(words) >= _MOST_WORDS_OF_A_LINE:
            break
    words.pop("", None)
    return list(words)


def owned(words: Iterable[str], owner: str) -> list[str]:
    """The words as those of one owner: an index of these leads to the lines of the owner alone.

    Two owners may have the same eight digits, so whoever searches has to compare the owner as well.
    """
    digits = hashlib.blake2b(owner.encode(), digest_size=4).hexdigest()
    return [f"{digits}:{word}" for word in words]


def words_of_query(text: str) -> list[str]:
    """The words that a line must have to be found; none if the text has no letter or digit."""
    names = (_word(name[0]) for name in _NAME.finditer(_composed(text).lower()))
    return list(dict.fromkeys(filter(None, names)))


def _composed(text: str) -> str:
    """The text with é as one letter, where a Mac's names of files have an e and an accent, which is no letter."""
    return unicodedata.normalize("NFC", text)


def _word(part: str) -> str:
    return part.strip("_.")[:_LONGEST_WORD]


def snippet(text: str, words: Sequence[str]) -> str:
    """The part of a line around the first of the words in it, in one line."""
    text = _composed(text)
    # Not places in text.lower(): a letter such as İ becomes two there, and every place after it would be wrong.
    places = (name.start() for name in _NAME.finditer(text) if any(word in name[0].lower() for word in words))
    start = max(0, next(places, 0) - _SNIPPET // 4)
    end = start + _SNIPPET
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"


def last_lines(text: str) -> Iterable[tuple[int, str]]:
    """The last OUTPUT_LINES lines with words of what a task printed, numbered from 0."""
    lines = [line for line in text.splitlines() if line.strip()]
    return enumerate(lines[-OUTPUT_LINES:])
