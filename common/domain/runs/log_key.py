"""Where the log entries of a run are stored."""

from datetime import UTC, date, datetime
from typing import NamedTuple, Self


class LogKey(NamedTuple):
    """The first day of the month in which a run was created, and the number in the run's id as 32 bits with a sign."""

    month: date
    run_number: int

    @classmethod
    def of(cls, run_id: str, created_at: datetime) -> Self:
        """The key of a run's log; `run_id` is `run-` and 8 hex digits."""
        return cls(created_at.astimezone(UTC).date().replace(day=1), run_number_of(run_id))


def run_number_of(run_id: str) -> int:
    """The number in `run_id`, as Postgres's INTEGER has it: from 80000000 on it is negative."""
    number = int(run_id.removeprefix("run-"), 16)
    return number - (1 << 32) if number >= 1 << 31 else number
