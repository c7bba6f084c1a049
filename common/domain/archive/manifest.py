"""The zip of a run's logs: what goes into it, and when it is no longer right."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.files import EXIT_CODE, NEXTFLOW_LOG, REPORT, TIMELINE, TRACE
from common.domain.runs.run import Run
from common.domain.tasks.task import Task

ARCHIVED_LOGS: Final = (NEXTFLOW_LOG, TRACE, TIMELINE, REPORT, EXIT_CODE)
MOST_TASKS: Final = 500  # whose output goes in; a run that fails more often fails for one reason
MANIFEST: Final = "manifest.json"
UNFINISHED: Final = "unfinished"  # in place of its fingerprint: of an archive that may lack some output
CUT: Final = "only its end"

_CARRIED: Final = "as an earlier archive has it"
_FRESH_FOR: Final = timedelta(minutes=1)


def fingerprint(generations: Mapping[str, int], failed: Sequence[Task]) -> str:
    """What an archive of these log files and failed tasks has, and no other: 64 hex digits."""
    facts = [sorted(generations.items()), sorted((task.hash, task.exit_code, task.status) for task in failed)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def is_fresh(run: Run, *, made_of: str, made_at: datetime, wanted: str, at: datetime) -> bool:
    """Whether an archive still serves.

    The log of a live run grows faster than it could be archived, and what a task printed last may arrive late.
    """
    may_grow = not run.is_over or made_of == UNFINISHED
    return made_of == wanted or (may_grow and at - made_at < _FRESH_FOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """A file in the archive; `note` says what is odd about it."""

    name: str
    bytes: int
    note: str | None = None

    @property
    def is_cut(self) -> bool:
        return self.note is not None and CUT in self.note

    def has_more_than(self, other: "Included") -> bool:
        """Whether this is to be kept where both are to be had. Of two ends of one text the other, newer one is."""
        return self.bytes > other.bytes and not (self.is_cut and other.is_cut)

    def carried(self) -> str:
        """What is odd about it in the archive that takes the place of its own."""
        if self.note and _CARRIED in self.note:
            return self.note
        return "; ".join(filter(None, (self.note, _CARRIED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A file that belongs into the archive and is not there."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in an archive, and what is not; filled while the archive is written."""

    run: Run
    made_at: datetime
    included: list[Included] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    def as_json(self) -> str:
        said = {
            "run_id": self.run.run_id,
            "status": self.run.status,
            "made_at": self.made_at.isoformat(),
            "files": [asdict(file) for file in self.included],
            "missing": [asdict(file) for file in self.missing],
        }
        return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def included_in(manifest: bytes) -> Mapping[str, Included]:
    """The files that a manifest names, as Manifest.as_json wrote it, by their names."""
    files = (Included(**file) for file in json.loads(manifest)["files"])
    return {file.name: file for file in files}
