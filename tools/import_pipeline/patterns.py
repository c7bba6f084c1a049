"""Tells whether Python's re reads any text in linear time with a pattern that a pipeline brings."""

from re._constants import (  # type: ignore[import-not-found]
    ANY,
    ASSERT,
    ASSERT_NOT,
    AT,
    AT_BEGINNING,
    ATOMIC_GROUP,
    BRANCH,
    IN,
    LITERAL,
    MAX_REPEAT,
    MAXREPEAT,
    MIN_REPEAT,
    NOT_LITERAL,
    POSSESSIVE_REPEAT,
    SUBPATTERN,
)
from re._parser import parse  # type: ignore[import-not-found]
from typing import Any, Final

_MOST_WAYS: Final = 100  # to match one text from one place: re may try them all before it gives up
_TOO_MANY: Final = _MOST_WAYS + 1
_REPEATS: Final = (MAX_REPEAT, MIN_REPEAT, POSSESSIVE_REPEAT)
_SINGLE: Final = (ANY, IN, LITERAL, NOT_LITERAL)


def needs_linear_time(pattern: str) -> bool:
    """Whether no text takes Python's re more than linear time. Raises re.error if Python cannot read the pattern.

    At most one part may be unbounded, if it is a single character behind a ^ that every choice of the pattern has. All
    other parts together may match a text in a few ways only: `(a{0,99}){0,99}` is bounded, too, and never ends.
    """
    parsed = parse(pattern)
    unbounded: list[Any] = []
    if _ways(parsed, unbounded) > _MOST_WAYS:
        return False
    is_anchored = len(parsed) > 0 and parsed[0] == (AT, AT_BEGINNING)
    return not unbounded or (is_anchored and len(unbounded) == 1)


def _ways(parts: Any, unbounded: list[Any]) -> int:  # noqa: ANN401 the stdlib has no types for parsed patterns
    """In how many ways parts can match a text, up to _TOO_MANY; adds each unbounded single character to a list."""
    ways = 1
    for operation, argument in parts:
        ways *= _ways_of_part(operation, argument, unbounded)
        if ways > _MOST_WAYS:
            return _TOO_MANY
    return ways


def _ways_of_part(operation: Any, argument: Any, unbounded: list[Any]) -> int:  # noqa: ANN401 as above
    if operation in _REPEATS:
        least, most, repeated = argument
        return _ways_of_repeat(least, most, repeated, unbounded)
    if operation is BRANCH:
        return sum(_ways(choice, unbounded) for choice in argument[1])
    if operation is SUBPATTERN:
        return _ways(argument[-1], unbounded)
    if operation is ATOMIC_GROUP:
        return _ways(argument, unbounded)
    if operation in (ASSERT, ASSERT_NOT):
        return _ways(argument[1], unbounded)
    return 1 if operation in (*_SINGLE, AT) else _TOO_MANY  # what refers to a group may have any length


def _ways_of_repeat(least: int, most: int, repeated: Any, unbounded: list[Any]) -> int:  # noqa: ANN401 as above
    if most is MAXREPEAT:
        unbounded.append(repeated)
        return 1 if len(repeated) == 1 and repeated[0][0] in _SINGLE else _TOO_MANY
    once, ways = _ways(repeated, unbounded), 0
    for count in range(int(least), int(most) + 1):
        ways += once**count
        if ways > _MOST_WAYS:
            return _TOO_MANY
    return ways
