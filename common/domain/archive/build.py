"""The build of an archive: its files in order, and how far it is written. It may take several work items."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Final, Self

from common.domain.archive.manifest import Included, Manifest, Missing
from common.domain.archive.zip_stream import ZipEntry, ZipState
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus

BLOCK_BYTES: Final = 8 << 20  # of a file's content; a build can stop after each
_CONTINUED_FOR: Final = timedelta(days=1)  # terraform/buckets.tf deletes parts when they are two days old


class Origin(StrEnum):
    """Where the content of an archived file comes from."""

    LOGS_BUCKET = auto()
    WORK_BUCKET = auto()
    TASK_OUTPUT = auto()  # Cloud Logging, or what was kept of it
    EARLIER_ARCHIVE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file to archive. `key` and `generation` name an object; for TASK_OUTPUT, `key` is the hash of the task."""

    name: str
    origin: Origin
    written_at: datetime
    key: str = ""
    generation: int = 0
    size: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An object that holds one stretch of the archive, or a copy of a log that would change while it is read."""

    key: str
    generation: int
    size: int = 0


@dataclass(slots=True, kw_only=True)
class ArchiveBuild:
    """What is archived, decided once, and the progress. The bytes do not depend on how often the build stopped.

    `contents` is the fingerprint of the contents when the build was planned, `fingerprint` that of the archive.
    `replacing` is the generation of the archive that is replaced; 0 when there is none.
    """

    build_id: str
    run_status: RunStatus
    started_at: datetime
    contents: str
    fingerprint: str
    is_final: bool
    replacing: int
    members: tuple[Member, ...]
    missing: tuple[Missing, ...]
    copies: tuple[Part, ...] = ()
    done: int = 0  # members that are complete
    notes: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    zip: ZipState = field(default_factory=ZipState)

    @property
    def step(self) -> str:
        """A name for the next step, different for every step of every build."""
        return f"{self.build_id}-{len(self.parts)}"

    def can_continue(self, run: Run, *, contents: str, archive: int, at: datetime) -> bool:
        """Whether this build is still the one to finish.

        The log of a live run grows faster than it can be archived, so new contents do not matter. When the run is
        over, the archive has to show its end.
        """
        is_current = not run.is_over or (self.run_status == run.status and self.contents == contents)
        return is_current and self.replacing == archive and at - self.started_at < _CONTINUED_FOR

    def manifest(self, run: Run) -> Manifest:
        """The manifest for the files written so far."""
        return Manifest(
            run=replace(run, status=self.run_status),
            made_at=self.started_at,
            included=[
                Included(name=entry.name, bytes=entry.size, note=self.notes.get(entry.name))
                for entry in self.zip.entries
            ],
            missing=list(self.missing),
        )

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = _with_texts(asdict(self))
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The build stored as `document`. Raises KeyError, TypeError or ValueError when another release stored it."""
        state = document["zip"]
        entries = [ZipEntry(**{**entry, **_time(entry, "written_at")}) for entry in state["entries"]]
        changed = {
            "run_status": RunStatus(document["run_status"]),
            "started_at": datetime.fromisoformat(document["started_at"]),
            "members": tuple(_member(member) for member in document["members"]),
            "missing": tuple(Missing(**missing) for missing in document["missing"]),
            "copies": tuple(Part(**part) for part in document["copies"]),
            "parts": [Part(**part) for part in document["parts"]],
            "zip": ZipState(**state | {"entries": entries}),
        }
        return cls(**{**document, **changed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What came of a work item: whether the archive is final, so that building it again cannot find more files.

    `next_step` is None when the archive is complete.
    """

    is_final: bool
    next_step: str | None = None


def _member(document: Mapping[str, Any]) -> Member:
    return Member(**{**document, "origin": Origin(document["origin"]), **_time(document, "written_at")})


def _time(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: datetime.fromisoformat(document[name])}


def _with_texts(value: Any) -> Any:  # noqa: ANN401 any value that JSON knows, and times
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {key: _with_texts(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_with_texts(inner) for inner in value]
        case _:
            return value
