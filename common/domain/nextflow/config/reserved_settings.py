"""Which of Sluice's own settings a user's nextflow.config would change, as far as its text tells.

The config is Groovy, which can compute the name of a setting; only running it would tell for certain. What escapes
this reading is still overruled at launch where Nextflow lets the command line or the last file win (launch_config);
it must be caught here where the more special setting wins, as inside `withName`. Syntax: the Nextflow reference,
chapter "Configuration".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

_BY_SLUICE: Final = "Sluice sets it for every run; remove the line"
_COPIED: Final = "Sluice has the file written where it is read from; remove the line"

# A setting, or a scope whole, and what to do in its place.
RESERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "process.executor": "every task is a job in Cloud Batch; remove the line",
        "executor.name": "every task is a job in Cloud Batch; remove the line",
        "process.resourceLabels": "by its labels a cancel finds every job of the run; remove the line",
        "workDir": _BY_SLUICE,
        "bucketDir": _BY_SLUICE,
        "outputDir": _BY_SLUICE,
        "cleanup": "a recovery needs what tasks leave in the work directory, which goes after 30 days; remove the line",
        "resume": "use the run's recovery instead; remove the line",
        "cloudcache": _BY_SLUICE,
        "google.project": _BY_SLUICE,
        "google.location": _BY_SLUICE,
        "google.region": _BY_SLUICE,
        "google.zone": _BY_SLUICE,
        "google.batch.serviceAccountEmail": _BY_SLUICE,
        "google.batch.network": _BY_SLUICE,
        "google.batch.subnetwork": _BY_SLUICE,
        "google.batch.usePrivateAddress": _BY_SLUICE,
        "trace": _COPIED,
        "report": _COPIED,
        "timeline": _COPIED,
        "params.input": "send the sheet as samplesheet_csv; remove the line",
        "params.outdir": "results go to the run's own folder; remove the line",
        "includeConfig": "what it includes cannot be checked; put its settings here instead",
    }
)
MOST_FINDINGS: Final = 20

TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\f\r]+|//[^\n]*|\#![^\n]*|/\*.*?(?:\*/|\Z)|\\\n)
    |(?P<text>'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?)
    |(?P<name>[^\W\d][\w$]*|\$[\w$]+)
    |(?P<equals>==|=~|=)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_CODE: Final = frozenset({"if", "else", "for", "while", "try", "finally"})
_SELECTORS: Final = frozenset({"withName", "withLabel"})
_QUOTED_SELECTORS: Final = tuple(f"{selector}:" for selector in _SELECTORS)  # 'withName:FOO' is one of Nextflow's own


class Finding(NamedTuple):
    """A reserved setting that the config makes in `line` (the first is 1), and what to do about it."""

    line: int
    setting: str
    advice: str


def reserved_settings_in(config: str) -> list[Finding]:
    """Every reserved setting that `config` makes by name, in the order of its lines; at most MOST_FINDINGS."""
    made = ((line, path, _reserved(path)) for line, path in _Reader().settings(config))
    findings = (Finding(line, ".".join(path), _advice(path, reserved)) for line, path, reserved in made if reserved)
    return list(islice(findings, MOST_FINDINGS))


def _reserved(path: tuple[str, ...]) -> str | None:
    """The reserved setting that `path` is, holds, or is a part of."""
    for setting in RESERVED:
        parts = tuple(setting.split("."))
        shorter = min(len(parts), len(path))
        if path[:shorter] == parts[:shorter]:
            return setting
    return None


def _advice(path: tuple[str, ...], reserved: str) -> str:
    if len(path) < len(reserved.split(".")):
        return f"it would replace {reserved} as well; give the other settings one by one"
    return RESERVED[reserved]


@dataclass(slots=True)
class _Reader:
    """Reads token by token; `scopes` are the blocks that are open, each with the names it adds to a setting's path.

    None is the body of a closure, which makes no settings.
    """

    scopes: list[tuple[str, ...] | None] = field(default_factory=list)
    statement: list[str] = field(default_factory=list)  # its names so far, quoted ones without their quotes
    is_assigned: bool = False
    depth: int = 0  # of brackets

    def settings(self, config: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each setting that is made: its line and its path without profiles and selectors."""
        line = 1
        for token in TOKEN.finditer(config):
            word = token[0]
            match token.lastgroup:
                case "equals":
                    if word == "=" and self._is_setting():
                        yield line, self._path()
                    self.is_assigned = True
                case "name" | "text":
                    self._take(word if token.lastgroup == "name" else word.strip("'\""))
                    if self.statement == ["includeConfig"] and None not in self.scopes:
                        yield line, ("includeConfig",)
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
                del self.scopes[-1:]  # a brace too many closes nothing
                self._end_statement()

    def _names_of_block(self) -> tuple[str, ...]:
        words = self.statement
        return () if words and words[0] in _CODE | _SELECTORS else tuple(words)

    def _end_statement(self) -> None:
        self.statement, self.is_assigned, self.depth = [], False, 0

    def _path(self) -> tuple[str, ...]:
        names = [name for scope in self.scopes for name in scope or ()] + self.statement
        names = [name for name in names if name != "this" and not name.startswith(("$", *_QUOTED_SELECTORS))]
        if names[:1] == ["profiles"]:
            names = names[2:]
        return tuple(names)
