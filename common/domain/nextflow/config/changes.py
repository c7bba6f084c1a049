"""What a config changes, and how: by an assignment, or in a way that its text tells only in part."""

from dataclasses import dataclass, field
from enum import Enum, auto

COMPUTED, UNKNOWN = "…", "?"  # stand for a name that the text does not tell, and for the result of an expression


class Via(Enum):
    """How a config can change a setting."""

    ASSIGNMENT = auto()
    INCLUDED_FILE = auto()
    CALL = auto()  # the last name of the path is a method of the scope before it
    VALUE = auto()  # the scope is used as a value, so it can be changed under another name
    REFLECTION = auto()  # the name is computed, or reaches any method and setting
    ESCAPE = auto()  # a character of a name is written as a number
    DEPTH = auto()  # too many brackets are open, so the rest is not read
    LENGTH = auto()  # too many names stand before, so the rest is not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One assignment: `path` is its name without profiles and selectors, such as ("process", "memory").

    `line` counts from 1. `selectors` are the selectors around it, such as "withName:STAR_ALIGN". `value` is its text,
    empty if it is not on the same line. COMPUTED and UNKNOWN stand for parts of the path that the text does not tell.
    `own_path` is the path without the blocks around it, and `via` is how it is changed.
    """

    line: int
    path: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    value: str = ""
    own_path: tuple[str, ...] = field(default=(), compare=False)
    via: Via = Via.ASSIGNMENT

    @property
    def name(self) -> str:
        return ".".join(self.path)
