"""FailureService: how often a failure was seen, and how a run got over it; every query names whose runs it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Row, text

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.failures import FailureGroup, failure_group
from common.domain.runs.access import Caller
from common.domain.runs.run import Run
from common.errors import NotFoundError
from common.services.paging import CursorCodec, Total, limit_search_time
from common.services.postgres.engine import read
from common.services.runs.failures import keep_failure

MOST_RUNS: Final = 20  # of a group that are shown
_LOOKED_AT: Final = 1_000  # of a group's runs, for recoveries
_OWN: Final = "user_email = :owner"
_SEEN: Final = """
    WITH seen AS MATERIALIZED (
        SELECT run_id, at FROM failures WHERE fingerprint = :fingerprint AND ({readable} OR run_id = :run_id)
    ), newest AS (SELECT * FROM seen ORDER BY at DESC, run_id DESC LIMIT :looked_at)
    SELECT EXISTS (SELECT FROM seen WHERE run_id = :run_id) AS is_known, (SELECT count(*) FROM seen) AS times,
        (SELECT min(at) FROM seen) AS first_at, (SELECT max(at) FROM seen) AS last_at, (
            SELECT jsonb_agg(jsonb_build_object('run_id', run_id, 'name', name, 'user_email', user_email, 'at', at)
                ORDER BY at DESC, run_id DESC)
            FROM (SELECT * FROM newest ORDER BY at DESC, run_id DESC LIMIT :shown) shown JOIN runs USING (run_id)
        ) AS runs, (
            SELECT array[run.parent_run_id, run.run_id] FROM newest JOIN runs run ON run.parent_run_id = newest.run_id
            WHERE run.status = 'completed' AND ({readable})
            ORDER BY run.completed_at DESC, run.run_id DESC LIMIT 1
        ) AS overcome
"""
_GROUPS: Final = """
    WITH groups AS MATERIALIZED (
        SELECT fingerprint, count(*) AS times, min(at) AS first_at, max(at) AS last_at,
            (array_agg(run_id ORDER BY at DESC, run_id DESC))[1:5] AS run_ids
        FROM failures WHERE at >= :since AND {readable} GROUP BY fingerprint
    ), shown AS (
        SELECT * FROM groups
        WHERE cast(:last_at AS timestamptz) IS NULL
            OR (last_at, fingerprint) < (cast(:last_at AS timestamptz), cast(:last_fingerprint AS text))
        ORDER BY last_at DESC, fingerprint DESC LIMIT :at_most
    )
    SELECT shown.*, diagnosis, (SELECT count(*) FROM groups) AS total
    FROM shown JOIN runs ON runs.run_id = run_ids[1] ORDER BY last_at DESC, fingerprint DESC
"""
# Whose runs may be counted: of one owner (True), or of everybody.
_SEEN_BY: Final = {is_own: text(_SEEN.format(readable=_OWN if is_own else "true")) for is_own in (True, False)}
_GROUPS_OF: Final = {is_own: text(_GROUPS.format(readable=_OWN if is_own else "true")) for is_own in (True, False)}


class GroupPosition(NamedTuple):
    """The position of a group in a list of them."""

    last_at: datetime
    fingerprint: str


_CURSORS: Final = CursorCodec(GroupPosition)
_LIST: Final = "failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFailure:
    """One group as somebody may see it: the number of runs, when the first and the last failed, and the newest.

    `runs` are rows of run_id, name, user_email and `at`. `overcome` is the failed run and the recovery of it that
    completed last, None if there is none.
    """

    group: FailureGroup | None
    times: int
    first_at: datetime
    last_at: datetime
    runs: Sequence[Mapping[str, Any]]
    overcome: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOfRuns:
    """A group in the list; `run_ids` are its newest runs, at most five."""

    group: FailureGroup
    fingerprint: str
    times: int
    first_at: datetime
    last_at: datetime
    run_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """A page of groups, the one that was seen last first."""

    groups: Sequence[GroupOfRuns]
    total: Total
    next_cursor: str | None


class FailureService:
    """Reads the groups of failures. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_run(self, run: Run, caller: Caller) -> SeenFailure:
        """The failure of a run that has one, counted over the caller's own runs and this one; all runs for admins.

        Stores the group of a run that failed while an older release was running. Raises NotFoundError if the run has
        no failure.
        """
        if run.diagnosis is None:
            raise NotFoundError(f"run {run.run_id} has no failure: it is {run.status}")
        group = failure_group(run.diagnosis)
        if group is None:
            row = {"run_id": run.run_id, "name": run.name, "user_email": run.user_email, "at": run.updated_at}
            return SeenFailure(
                group=None, times=1, first_at=run.updated_at, last_at=run.updated_at, runs=[row], overcome=None
            )
        asked = {
            "fingerprint": group.fingerprint,
            "run_id": run.run_id,
            "owner": caller.email,
            "looked_at": _LOOKED_AT,
            "shown": MOST_RUNS,
        }
        statement = _SEEN_BY[not caller.is_admin]
        found = read(self._engine, lambda connection: connection.execute(statement, asked).one())
        if not found.is_known:  # stored by an older release, or by its rules
            with self._engine.begin() as connection:
                keep_failure(connection, run, at=run.updated_at)
                found = connection.execute(statement, asked).one()
        return SeenFailure(
            group=group,
            times=found.times,
            first_at=found.first_at,
            last_at=found.last_at,
            runs=found.runs,
            overcome=(found.overcome[0], found.overcome[1]) if found.overcome else None,
        )

    def groups(self, owner: str | None, *, since: datetime, cursor: str | None, page_size: int) -> GroupPage:
        """A page of the groups of an owner's failures, of everybody's for None. Raises ValidationError for a cursor."""
        last = _CURSORS.decode(cursor, of=_LIST) if cursor else None
        asked = {
            "owner": owner,
            "since": since,
            "last_at": last and last.last_at,
            "last_fingerprint": last and last.fingerprint,
            "at_most": page_size + 1,
        }
        rows = read(self._engine, lambda connection: _page_of(connection, asked))
        shown = rows[:page_size]
        next_one = GroupPosition(shown[-1].last_at, shown[-1].fingerprint) if len(rows) > page_size else None
        return GroupPage(
            groups=[_group_in(row) for row in shown],
            total=Total.capped(rows[0].total if rows else 0),
            next_cursor=_CURSORS.encode(next_one, of=_LIST) if next_one else None,
        )


def _page_of(connection: Connection, asked: Mapping[str, Any]) -> Sequence[Row[Any]]:
    limit_search_time(connection)
    return connection.execute(_GROUPS_OF[asked["owner"] is not None], asked).all()


def _group_in(row: Row[Any]) -> GroupOfRuns:
    return GroupOfRuns(
        group=failure_group(row.diagnosis or {}) or FailureGroup(CauseClass.UNKNOWN, None, ""),
        fingerprint=row.fingerprint,
        times=row.times,
        first_at=row.first_at,
        last_at=row.last_at,
        run_ids=row.run_ids,
    )
