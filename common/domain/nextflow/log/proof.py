"""The facts that can prove why a run failed, collected while its log is read; few, and each of limited length."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from common.domain.nextflow.log.facts import (
    FailureReport,
    InternalError,
    LauncherError,
    LogFact,
    PipelineComplaint,
    ScriptError,
    SessionAborted,
    TaskNotFinalized,
)

LINE_LIMIT = 1000  # characters
_LINES_KEPT = 30  # at the beginning and at the end of a text; Nextflow quotes 50 lines of a command's output

_KINDS: Mapping[str, type[LogFact]] = {
    kind.__name__: kind
    for kind in (
        FailureReport,
        InternalError,
        LauncherError,
        PipelineComplaint,
        ScriptError,
        SessionAborted,
        TaskNotFinalized,
    )
}


def with_proof(proofs: Sequence[LogFact], fact: LogFact) -> list[LogFact]:
    """`proofs` with `fact` added if it is the first of its kind; of complaints the last one is kept."""
    if type(fact).__name__ not in _KINDS:
        return list(proofs)
    if isinstance(fact, PipelineComplaint):
        return [*(proof for proof in proofs if not isinstance(proof, PipelineComplaint)), _bounded(fact)]
    if _kind(fact) in map(_kind, proofs):
        return list(proofs)
    return [*proofs, _bounded(fact)]


def proof_as_json(proof: LogFact) -> dict[str, Any]:
    """A proof as JSON values."""
    at = proof.at.isoformat() if proof.at else None
    return asdict(proof) | {"kind": type(proof).__name__, "at": at}


def proof_from_json(value: Mapping[str, Any]) -> LogFact:
    """The proof that `proof_as_json` wrote."""
    kind = _KINDS[value["kind"]]
    known: dict[str, Any] = {field.name: value.get(field.name) for field in fields(kind)}
    known["at"] = datetime.fromisoformat(value["at"]) if value["at"] else None
    return kind(**known)


def _kind(proof: LogFact) -> tuple[type[LogFact], bool]:
    return type(proof), isinstance(proof, SessionAborted) and proof.signal is not None


def _bounded(fact: LogFact) -> LogFact:
    texts = {field.name: getattr(fact, field.name) for field in fields(fact)}
    shortened: dict[str, Any] = {name: _shortened(text) for name, text in texts.items() if isinstance(text, str)}
    return replace(fact, **shortened)


def _shortened(text: str) -> str:
    lines = text.split("\n")
    kept = lines if len(lines) <= 2 * _LINES_KEPT else [*lines[:_LINES_KEPT], *lines[-_LINES_KEPT:]]
    return "\n".join(line[:LINE_LIMIT] for line in kept)
