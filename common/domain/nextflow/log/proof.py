"""The facts that can prove why a run failed, collected while its log is read; few, and each of limited length."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from common.domain.nextflow.log.facts import (
    ErrorNoted,
    FailureReport,
    InternalError,
    LauncherError,
    LogFact,
    PipelineComplaint,
    ScriptError,
    SessionAborted,
    TaskErrored,
    TaskNotFinalized,
)

LINE_LIMIT = 1000  # characters
_LINES_KEPT = 30  # at the beginning and at the end of a text; Nextflow quotes 50 lines of a command's output

_STOPS_THE_RUN = (FailureReport, InternalError, LauncherError, SessionAborted)
_BEFORE_A_STOP = (ErrorNoted, TaskErrored, PipelineComplaint)  # the last of each is kept: it may be the reason
_KINDS: Mapping[str, type[LogFact]] = {
    kind.__name__: kind for kind in (*_STOPS_THE_RUN, *_BEFORE_A_STOP, ScriptError, TaskNotFinalized)
}


def with_proof(proofs: Sequence[LogFact], fact: LogFact) -> list[LogFact]:
    """`proofs` with `fact` added if it is the first of its kind.

    Of complaints, noted errors and failed attempts the last one before the run stops is kept, and of complaints the
    last one after that.
    """
    if type(fact).__name__ not in _KINDS:
        return list(proofs)
    if isinstance(fact, _BEFORE_A_STOP):
        return _with_latest(proofs, fact)
    if _kind(fact) in map(_kind, proofs):
        return list(proofs)
    return [*proofs, _bounded(fact)]


def stops_the_run(proof: LogFact) -> bool:
    """Whether Nextflow gives up with this fact, for another reason than a signal."""
    return isinstance(proof, _STOPS_THE_RUN) and not is_signal(proof)


def is_signal(proof: LogFact) -> bool:
    """Whether a signal ended the session, such as that of a cancel."""
    return isinstance(proof, SessionAborted) and proof.signal is not None


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


def _with_latest(proofs: Sequence[LogFact], fact: LogFact) -> list[LogFact]:
    stop = next((number for number, proof in enumerate(proofs) if isinstance(proof, _STOPS_THE_RUN)), None)
    if stop is None:
        return [*(proof for proof in proofs if type(proof) is not type(fact)), _bounded(fact)]
    if not isinstance(fact, PipelineComplaint):
        return list(proofs)
    return [*proofs[:stop], *(proof for proof in proofs[stop:] if type(proof) is not type(fact)), _bounded(fact)]


def _kind(proof: LogFact) -> tuple[type[LogFact], bool]:
    return type(proof), is_signal(proof)


def _bounded(fact: LogFact) -> LogFact:
    texts = {field.name: getattr(fact, field.name) for field in fields(fact)}
    shortened: dict[str, Any] = {name: _shortened(text) for name, text in texts.items() if isinstance(text, str)}
    return replace(fact, **shortened)


def _shortened(text: str) -> str:
    lines = text.split("\n")
    kept = lines if len(lines) <= 2 * _LINES_KEPT else [*lines[:_LINES_KEPT], *lines[-_LINES_KEPT:]]
    return "\n".join(line[:LINE_LIMIT] for line in kept)
