"""Finds settings in a user's nextflow.config that only Sluice may make, by reading its text.

The config is Groovy, which can compute the name of a setting, so this reading cannot find every one. At launch, the
command line and sluice.config (launch_config) override most of what it misses; it is the only check of settings where
the more specific one wins, as inside `withName`. Syntax: the Nextflow reference, chapter "Configuration".
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

from common.domain.nextflow.config.changes import COMPUTED, Setting, Via
from common.domain.nextflow.config.settings import MOST_NAMES, changes_in

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

_PATHS: Final = tuple(tuple(setting.split(".")) for setting in RESERVED)
_BY_SCOPE: Final = {scope: [path for path in _PATHS if path[0] == scope] for scope, *_ in _PATHS}
# Names that no other scope has; so they are found wherever the scope comes from, such as a variable.
_OF_ANY_SCOPE: Final = {"executor": "process.executor", "resourceLabels": "process.resourceLabels"}
_CANNOT_FOLLOW: Final = "Sluice cannot see what this sets; write each setting by its full name, as process.cpus = 4"
_CHANGE_ANYTHING: Final = frozenset(
    {"evaluate", "getProperty", "invokeMethod", "merge", "put", "putAll", "putAt", "setProperty", "tap", "with"}
)
_ONLY_READ: Final = frozenset(
    {"contains", "containsKey", "get", "getAt", "getOrDefault", "isEmpty", "isSet", "size", "toString"}
)


class Finding(NamedTuple):
    """A reserved setting that the config makes, or may make, in `line` (from 1), and advice for the user."""

    line: int
    setting: str
    advice: str


def reserved_settings_in(config: str) -> list[Finding]:
    """What `config` sets that only Sluice may set, as far as its text tells; at most MOST_FINDINGS, without repetition.

    Refused as well is what could set it in a way that the text does not tell: methods of a scope, computed names, a
    scope that is used as a value.
    """
    found = (Finding(change.line, name, advice) for change in changes_in(config) for name, advice in _faults_of(change))
    return list(islice(_without_repetition(found), MOST_FINDINGS))


def _without_repetition(findings: Iterable[Finding]) -> Iterator[Finding]:
    last = None
    for finding in findings:
        if finding != last:
            yield finding
        last = finding


def _faults_of(change: Setting) -> Iterator[tuple[str, str]]:
    """The name and the advice for a change that a user's config must not make."""
    match change.via:
        case Via.INCLUDED_FILE:
            yield change.name, RESERVED[change.name]
        case Via.ESCAPE:
            yield change.name, "Sluice cannot read names with such characters; write the character itself"
        case Via.DEPTH:
            yield change.name, "too many brackets are open here; close some, or write names with dots"
        case Via.LENGTH:
            yield change.name, f"a config may hold {MOST_NAMES:,} names; leave out what this run does not need"
        case Via.VALUE:
            yield change.name, _CANNOT_FOLLOW
        case Via.REFLECTION:
            yield f"{change.name}()", _CANNOT_FOLLOW
        case Via.CALL:
            if _changes_a_scope(change.path) or _changes_a_scope(change.own_path):
                yield f"{change.name}()", _CANNOT_FOLLOW
        case Via.ASSIGNMENT:
            yield from islice(_faults_of_assignment(change), 1)


def _faults_of_assignment(change: Setting) -> Iterator[tuple[str, str]]:
    own = [change.own_path] if len(change.own_path) > 1 else []  # a block can also reach scopes outside of it
    for path in (change.path, *own):
        if reserved := _reserved(path):
            is_computed = COMPUTED in path[: len(reserved)]
            yield ".".join(path), _CANNOT_FOLLOW if is_computed else _advice(path, reserved)
    if change.path[-1:] and change.path[-1] in _OF_ANY_SCOPE:
        yield change.name, RESERVED[_OF_ANY_SCOPE[change.path[-1]]]


def _reserved(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The reserved setting that `path` equals, contains or is part of."""
    return next((parts for parts in _paths_like(path) if _overlap(path, parts)), None)


def _paths_like(path: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """The reserved settings that begin with the same name."""
    if path[:1] == (COMPUTED,):
        return _PATHS
    return _BY_SCOPE.get(path[0], ()) if path else ()


def _overlap(path: tuple[str, ...], reserved: tuple[str, ...]) -> bool:
    """Whether one begins with the other; a computed name may be any, except among the parameters."""
    is_free = reserved[0] != "params"  # the command line overrides them
    return all(mine == theirs or (mine == COMPUTED and is_free) for mine, theirs in zip(path, reserved, strict=False))


def _changes_a_scope(call: tuple[str, ...]) -> bool:
    """Whether a call can change a reserved setting: `call` are the names before it, the last is the method."""
    *receiver, method = call or ("",)
    if not receiver:
        return method in _CHANGE_ANYTHING
    is_block = any(len(call) <= len(parts) and _overlap(call, parts) for parts in _paths_like(call))
    reserved = _reserved(tuple(receiver))
    is_scope = reserved is not None and reserved[0] != "params"
    return is_scope and not is_block and method not in _ONLY_READ


def _advice(path: tuple[str, ...], reserved: tuple[str, ...]) -> str:
    name = ".".join(reserved)
    if len(path) < len(reserved):
        return f"this also replaces {name}, which Sluice sets; make the other settings one by one"
    return RESERVED[name]
