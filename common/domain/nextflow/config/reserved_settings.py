"""Finds settings in a user's nextflow.config that only Sluice may make, by reading its text.

The config is Groovy, which can compute the name of a setting, so this reading cannot find every one. At launch, the
command line and sluice.config (launch_config) override most of what it misses; it is the only check of settings where
the more specific one wins, as inside `withName`. Syntax: the Nextflow reference, chapter "Configuration".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

_BY_SLUICE: Final = "Sluice sets it for every run; remove the line"
_COPIED: Final = "Sluice writes this file to the place that it reads it from; remove the line"

# A setting or a whole scope, and advice for the user.
RESERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "process.executor": "Sluice runs every task as a Cloud Batch job; remove the line",
        "executor.name": "Sluice runs every task as a Cloud Batch job; remove the line",
        "process.resourceLabels": "Sluice finds the jobs of a run by their labels; remove the line",
        "workDir": _BY_SLUICE,
        "bucketDir": _BY_SLUICE,
        "outputDir": _BY_SLUICE,
        "cleanup": "a recovery needs the work directory, which Sluice deletes after 30 days; remove the line",
        "resume": "to resume a run, recover it in Sluice; remove the line",
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
        "includeConfig": "Sluice cannot check included files; copy their settings into this config instead",
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
    """A reserved setting that the config makes in `line` (from 1), and advice for the user."""

    line: int
    setting: str
    advice: str


def reserved_settings_in(config: str) -> list[Finding]:
    """The reserved settings that `config` makes by name, in the order of the lines; at most MOST_FINDINGS."""
    made = ((line, path, _reserved(path)) for line, path in _Reader().settings(config))
    findings = (Finding(line, ".".join(path), _advice(path, reserved)) for line, path, reserved in made if reserved)
    return list(islice(findings, MOST_FINDINGS))


def _reserved(path: tuple[str, ...]) -> str | None:
    """The reserved setting that `path` equals, contains or is part of."""
    for setting in RESERVED:
        parts = tuple(setting.split("."))
        shorter = min(len(parts), len(path))
        if path[:shorter] == parts[:shorter]:
            return setting
    return None


def _advice(path: tuple[str, ...], reserved: str) -> str:
    if len(path) < len(reserved.split(".")):
        return f"this also replaces {reserved}, which Sluice sets; make the other settings one by one"
    return RESERVED[reserved]


@dataclass(slots=True)
class _Reader:
    """Reads token by token. `scopes` are the open blocks, each with the names that it adds to a setting's path.

    None stands for the body of a closure, which makes no settings.
    """

    scopes: list[tuple[str, ...] | None] = field(default_factory=list)
    statement: list[str] = field(default_factory=list)  # its names so far, quoted ones without their quotes
    is_assigned: bool = False
    depth: int = 0  # of brackets

    def settings(self, config: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each setting: its line, and its path without profiles and selectors."""
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
                del self.scopes[-1:]  # a surplus brace is ignored
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
