"""The zip of a run's logs: its contents, its manifest, and whether it is up to date."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.files import EXIT_CODE, NEXTFLOW_LOG, REPORT, TIMELINE, TRACE
from common.domain.runs.run import Run
from common.domain.tasks.task import Task
from common.domain.text.secrets import hide_in

ARCHIVED_LOGS: Final = (NEXTFLOW_LOG, TRACE, TIMELINE, REPORT, EXIT_CODE)
MAX_TASKS: Final = 500  # failed tasks with archived output; a run with more failures has one cause for most of them
MANIFEST: Final = "manifest.json"
UNFINISHED: Final = "unfinished"  # the fingerprint of an archive that may lack some output
CUT: Final = "only its end"

_COPIED: Final = "copied from an earlier archive"
_TASK_MEMBER: Final = re.compile(r"tasks/[A-Za-z0-9#-]{1,80}/(?:stdout|stderr|log)\.txt")
_FRESH_FOR: Final = timedelta(minutes=1)


def fingerprint(generations: Mapping[str, int], failed: Sequence[Task]) -> str:
    """A fingerprint of the contents, by file generations and failed tasks: 64 hex digits."""
    facts = [sorted(generations.items()), sorted((task.hash, task.exit_code, task.status) for task in failed)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def is_fresh(run: Run, *, archived: str, made_at: datetime, current: str, at: datetime) -> bool:
    """Whether the archive with fingerprint `archived` can be used while the logs have fingerprint `current`.

    An outdated archive can be used for one minute in two cases: the run is live (its log grows faster than it can be
    archived), or the archive was waiting for late output of a task.
    """
    may_grow = not run.is_over or archived == UNFINISHED
    return archived == current or (may_grow and at - made_at < _FRESH_FOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """A file in the archive; `note` tells how it differs from the original."""

    name: str
    bytes: int
    note: str | None = None

    @property
    def is_cut(self) -> bool:
        return self.note is not None and CUT in self.note

    def has_more_than(self, other: "Included") -> bool:
        """Whether to keep this file of an earlier archive instead of `other`; of two cut texts, `other` is kept."""
        return self.bytes > other.bytes and not (self.is_cut and other.is_cut)

    def copied_note(self) -> str:
        """The note for this file in a newer archive."""
        if self.note and _COPIED in self.note:
            return self.note
        return "; ".join(filter(None, (self.note, _COPIED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A file that is missing in the archive, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The files in an archive and those missing; filled while the archive is written."""

    run: Run
    made_at: datetime
    included: list[Included] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def as_json(self) -> str:
        document = {
            "run_id": self.run.run_id,
            "status": self.run.status,
            "made_at": self.made_at.isoformat(),
            "files": [asdict(file) for file in self.included],
            "missing": [asdict(file) for file in self.missing],
        }
        return json.dumps(hide_in(document), indent=1, ensure_ascii=False) + "\n"


def included_in(manifest: bytes) -> Mapping[str, Included]:
    """The files in a manifest written by Manifest.as_json, by name."""
    files = (Included(**file) for file in json.loads(manifest)["files"])
    return {file.name: file for file in files if is_member_name(file.name) and _is_size(file.bytes)}


def is_member_name(name: object) -> bool:
    """Whether Sluice gives a file in an archive this name; another could lead out of the folder it is unpacked in."""
    return name in ARCHIVED_LOGS or (isinstance(name, str) and _TASK_MEMBER.fullmatch(name) is not None)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
