"""Pairs read files: read 1 and read 2 of one lane are a pair; a file without a partner is reported with the reason.

Two files are partners when their names differ only in the number of the read, as Illumina's software names them
(`pbmc_S1_L001_R1_001.fastq.gz`). Files whose names do not contain the read are paired by lane, if that is unambiguous.
Index reads (I1, I2) are ignored.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_READ_IN_NAME: Final = re.compile(r"(.*[._]R?)([12])((?:_[0-9]{3})?\.f(?:ast)?q\.gz)", re.DOTALL)
_LANE: Final = re.compile(r"_L([0-9]{3})(?=[_.])")
_READ_1: Final = re.compile(r"(?:R|READ)?[ _-]?1", re.IGNORECASE)
_READ_2: Final = re.compile(r"(?:R|READ)?[ _-]?2", re.IGNORECASE)
_INDEX: Final = re.compile(r"(?:I|INDEX)[ _-]?[12]", re.IGNORECASE)
_INDEX_IN_NAME: Final = re.compile(r"[._]I[12](?:_[0-9]{3})?\.f(?:ast)?q\.gz\Z")
# What pipelines accept in a samplesheet: no spaces, and nothing that a spreadsheet would evaluate.
_USABLE: Final = re.compile(r"[^\s=@+-]\S*\.f(?:ast)?q\.gz")

Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FastqFile:
    """One file as it was recorded. `read` is R1, R2, I1, …; `read_count` counts clusters, `q30` is percent."""

    path: str | None
    read: str | None = None
    read_count: int | None = None
    q30: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Both reads of one lane; `lane` is None when the names do not contain it. `read_count` counts pairs."""

    lane: int | None
    fastq_1: str
    fastq_2: str
    read_count: int | None
    q30: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpairedRead:
    """A file without a partner, and the reason."""

    path: str | None
    read: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedReads:
    """The files of one library: pairs by lane, and files without a partner."""

    lanes: Sequence[Lane] = ()
    unpaired: Sequence[UnpairedRead] = ()

    @property
    def read_count(self) -> int | None:
        """The pairs on all lanes with a count; None when no lane has one."""
        counts = [lane.read_count for lane in self.lanes if lane.read_count is not None]
        return sum(counts) if counts else None

    @property
    def q30(self) -> float | None:
        """The mean quality of the lanes, weighted by their pairs; unweighted when a lane has no count."""
        known = [(lane.q30, lane.read_count) for lane in self.lanes if lane.q30 is not None]
        if not known:
            return None
        weights = [count or 0 for _, count in known]
        if not all(weights):
            weights = [1] * len(known)
        return sum(q30 * weight for (q30, _), weight in zip(known, weights, strict=True)) / sum(weights)


class _Usable(NamedTuple):
    """A file that may have a partner."""

    path: str
    file: FastqFile


@dataclass(slots=True)
class _Found:
    """Files whose names differ only in the number of the read."""

    first: list[_Usable] = field(default_factory=list)
    second: list[_Usable] = field(default_factory=list)


def pair_reads(files: Iterable[FastqFile]) -> PairedReads:
    """The files of one library on one NGS run in pairs, by lane. A file that is recorded twice counts once."""
    found: dict[Key, _Found] = defaultdict(_Found)
    unpaired: list[UnpairedRead] = []
    for file in _each_once(files):
        if _is_index(file):
            continue
        number, reason = _number_of(file)
        if reason or file.path is None:
            unpaired.append(UnpairedRead(path=file.path, read=file.read, reason=reason))
            continue
        group = found[_key_of(file.path)]
        (group.first if number == 1 else group.second).append(_Usable(file.path, file))
    lanes: list[Lane] = []
    for group in found.values():
        if len(group.first) == len(group.second) == 1 and group.first[0].path != group.second[0].path:
            lanes.append(_lane(group.first[0], group.second[0]))
        else:
            unpaired.extend(_without_partner(group))
    lanes.sort(key=lambda lane: (lane.lane or 0, lane.fastq_1))
    unpaired.sort(key=lambda read: (read.path or "", read.read or ""))
    return PairedReads(lanes=lanes, unpaired=unpaired)


def _each_once(files: Iterable[FastqFile]) -> Iterator[FastqFile]:
    seen = set[tuple[str | None, str | None]]()
    for file in files:
        if file.path is None or (file.path, file.read) not in seen:
            seen.add((file.path, file.read))
            yield file


def _is_index(file: FastqFile) -> bool:
    if file.read:
        return bool(_INDEX.fullmatch(file.read.strip()))
    return bool(file.path and _INDEX_IN_NAME.search(file.path))


def _number_of(file: FastqFile) -> tuple[int, str]:
    """The read (1 or 2) and an empty text, or 0 and the reason why the file cannot be paired."""
    if not file.path:
        return 0, "no file is recorded for this read"
    if not _USABLE.fullmatch(file.path):
        return (
            0,
            "is not a FASTQ file that pipelines accept: use a path without spaces that ends in .fastq.gz or .fq.gz",
        )
    named = _READ_IN_NAME.fullmatch(file.path)
    in_name = int(named[2]) if named else 0
    if not file.read:
        return in_name, "" if in_name else "neither its record nor its name says whether it is read 1 or read 2"
    recorded = 1 if _READ_1.fullmatch(file.read.strip()) else 2 if _READ_2.fullmatch(file.read.strip()) else 0
    if not recorded:
        return 0, "is recorded as neither read 1 nor read 2"
    if in_name and in_name != recorded:
        return 0, f"is recorded as read {recorded}, but its name says read {in_name}"
    return recorded, ""


def _key_of(path: str) -> Key:
    if named := _READ_IN_NAME.fullmatch(path):
        return named[1], named[3]
    lane = _lane_of(path)
    return (None, None if lane is None else str(lane))


def _lane_of(path: str) -> int | None:
    found = _LANE.findall(path.rpartition("/")[2])
    return int(found[-1]) if found else None


def _lane(first: _Usable, second: _Usable) -> Lane:
    counts = [file.read_count for _, file in (first, second) if file.read_count is not None]
    qualities = [file.q30 for _, file in (first, second) if file.q30 is not None]
    return Lane(
        lane=_lane_of(first.path),
        fastq_1=first.path,
        fastq_2=second.path,
        read_count=max(counts, default=None),
        q30=sum(qualities) / len(qualities) if qualities else None,
    )


def _without_partner(group: _Found) -> Iterator[UnpairedRead]:
    missing = 1 if not group.first else 2
    is_ambiguous = len(group.first) > 1 or len(group.second) > 1
    is_both = {path for path, _ in group.first} & {path for path, _ in group.second}
    for path, file in (*group.first, *group.second):
        if path in is_both:
            why = "the same file is recorded as read 1 and as read 2"
        elif is_ambiguous:
            why = "several files are recorded for the same read of this lane"
        else:
            why = f"its read {missing} is missing"
        yield UnpairedRead(path=path, read=file.read, reason=why)
