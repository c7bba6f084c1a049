"""Statistics over the tasks of a run, by status and by process."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStats:
    """Statistics over some attempts; durations in ms, memory in bytes, None if unknown.

    Cached attempts count only in `count`: their time and memory were used in an earlier run.
    """

    count: int
    running: int = 0
    finished: int = 0  # ended in any way, or cached
    failed: int = 0
    p50_duration: int | None = None
    p95_duration: int | None = None
    peak_memory: int | None = None
    first_submitted: float | None = None  # seconds since 1970; None if all are cached, or nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTaskSummary:
    """All tasks of a run, each counted once in `by_status` and once in `by_process`.

    The processes are in the order in which their first tasks were submitted, which is that of the pipeline.
    """

    by_status: Mapping[str, AttemptStats] = field(default_factory=dict)
    by_process: Mapping[str, AttemptStats] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """This summary as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "RunTaskSummary":
        """The summary that `as_json` wrote, of this release or another: what this one does not know is left out.

        Without `finished`, of an earlier release, all have ended.
        """
        by_status, by_process = (_stats_in(value.get(grouping, {})) for grouping in ("by_status", "by_process"))
        # Postgres keeps no order of keys. What is all cached ran in an earlier run.
        ordered = sorted(by_process, key=lambda name: by_process[name].first_submitted or 0)
        return cls(by_status=by_status, by_process={name: by_process[name] for name in ordered})


def _stats_in(groups: Mapping[str, Mapping[str, Any]]) -> dict[str, AttemptStats]:
    known = [stat.name for stat in fields(AttemptStats)]
    return {
        group: AttemptStats(
            **{"finished": stats["count"]} | {name: value for name, value in stats.items() if name in known}
        )
        for group, stats in groups.items()
    }
