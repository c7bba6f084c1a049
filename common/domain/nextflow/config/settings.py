"""Reads the settings in the text of a Nextflow config without running it.

The config is Groovy, so settings with computed names are not found. Syntax: the Nextflow reference, chapter
"Configuration".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\f\r]+|//[^\n]*|\#![^\n]*|/\*.*?(?:\*/|\Z)|\\\n)
    |(?P<text>'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?)
    |(?P<name>[^\W\d][\w$]*|\$[\w$]+)
    |(?P<equals>==|=~|=)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_CODE: Final = frozenset({"if", "else", "for", "while", "try", "finally"})
_SELECTORS: Final = ("withName:", "withLabel:")  # as in Nextflow's quoted form 'withName:FOO'
# A value on one line, or a closure without inner blocks.
_VALUE: Final = re.compile(r"[ \t]*(\{[^{}]*\}|(?:[^\n;{}/]|/(?![/*]))*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One assignment: `path` is its name without profiles and selectors, such as ("process", "memory").

    `line` counts from 1. `selectors` are the selectors around it, such as "withName:STAR_ALIGN". `value` is its text,
    empty if it is not on the same line.
    """

    line: int
    path: tuple[str, ...]
    selectors: tuple[str, ...] = ()
    value: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.path)


def settings_in(config: str) -> Iterator[Setting]:
    """The settings that `config` makes by name, and every includeConfig, in the order of the lines."""
    return _Reader().settings(config)


@dataclass(slots=True)
class _Reader:
    """Reads token by token. `scopes` are the open blocks, each with the names that it adds to a setting's path.

    None stands for the body of a closure, which makes no settings.
    """

    scopes: list[tuple[str, ...] | None] = field(default_factory=list)
    statement: list[str] = field(default_factory=list)  # its names so far, quoted ones without their quotes
    is_assigned: bool = False
    depth: int = 0  # of brackets

    def settings(self, config: str) -> Iterator[Setting]:
        line = 1
        for token in TOKEN.finditer(config):
            word = token[0]
            match token.lastgroup:
                case "equals":
                    if word == "=" and self._is_setting():
                        yield self._setting(line, config, token.end())
                    self.is_assigned = True
                case "name" | "text":
                    self._take(word if token.lastgroup == "name" else word.strip("'\""))
                    if self.statement == ["includeConfig"] and None not in self.scopes:
                        yield Setting(line=line, path=("includeConfig",))
                case "mark":
                    self._mark(word)
            line += word.count("\n")

    def _is_setting(self) -> bool:
        return bool(self.statement) and not self.is_assigned and self.depth == 0 and None not in self.scopes

    def _take(self, name: str) -> None:
        if not self.is_assigned:
            self.statement.append(name)

    def _mark(self, mark: str) -> None:
        match mark:
            case "\n" | ";" if self.depth == 0:
                self._end_statement()
            case "(" | "[":
                self.depth += 1
            case ")" | "]":
                self.depth = max(0, self.depth - 1)
            case "{":
                self.scopes.append(None if self.is_assigned or self.depth else self._names_of_block())
                self._end_statement()
            case "}":
                del self.scopes[-1:]  # a surplus brace is ignored
                self._end_statement()

    def _names_of_block(self) -> tuple[str, ...]:
        match self.statement:
            case [("withName" | "withLabel") as selector, *names]:
                return (f"{selector}:{' '.join(names)}",)
            case [word, *_] if word in _CODE:
                return ()
            case words:
                return tuple(words)

    def _end_statement(self) -> None:
        self.statement, self.is_assigned, self.depth = [], False, 0

    def _setting(self, line: int, config: str, value_at: int) -> Setting:
        names = [name for scope in self.scopes for name in scope or ()] + self.statement
        selectors = tuple(name for name in names if name.startswith(_SELECTORS))
        path = [name for name in names if name != "this" and not name.startswith(("$", *_SELECTORS))]
        value = _VALUE.match(config, value_at)
        return Setting(
            line=line,
            path=tuple(path[2:] if path[:1] == ["profiles"] else path),
            selectors=selectors,
            value=value[1].strip() if value else "",
        )
