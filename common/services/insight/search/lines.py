"""Keeps the lines of runs that can be searched: warnings and errors, the diagnosis, the output of failed tasks.

Whoever stores one of these calls this in the same transaction. A line that is stored again replaces the earlier one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, select, text

from common.domain.insight.search import DIAGNOSIS, LONGEST_LINE, SearchLine, owned, words_in
from common.domain.runs.log_key import LogKey
from common.domain.runs.run import Run
from common.domain.text.secrets import hide_in_text
from common.domain.text.storable import storable_json
from common.models.log_entries import LEVELS

if TYPE_CHECKING:
    from common.domain.nextflow.log.records import LogRecord

_WARN: Final = LEVELS.index("WARN")
_WORTH: Final[Mapping[str | None, int]] = {level: LEVELS.index(level) for level in LEVELS[_WARN:]}
# A broken pipeline can warn a million times, and indexing a line takes as long as storing twenty.
_MOST_OF_A_CHUNK: Final = 50
_READ: Final = 2 * LONGEST_LINE  # characters in which secrets are sought; one that is cut off beyond is not kept
_KEEP: Final = text("""
    INSERT INTO search_lines (month, run_number, task, number, at, level, user_email, text, words)
    SELECT :month, :run_number, line.task, line.number, coalesce(line.at, :at), line.level, :owner, line.text,
        array_to_tsvector(line.words)
    FROM jsonb_to_recordset(cast(:lines AS jsonb))
        AS line(task text, number integer, at timestamptz, level smallint, text text, words text[])
    ON CONFLICT (month, run_number, number, task) DO UPDATE SET
        at = excluded.at, level = excluded.level, text = excluded.text, words = excluded.words
""")
_FORGET: Final = text("""
    DELETE FROM search_lines WHERE month = :month AND run_number = :run_number AND number = :number AND task = ''
""")


def keep_lines(connection: Connection, key: LogKey, owner: str, lines: Iterable[SearchLine], *, at: datetime) -> None:
    """Store lines of one run of `owner`; `at` stands for a time that is unknown.

    The month of the run must have a partition.
    """
    rows = [
        {
            "task": line.task,
            "number": line.number,
            "at": line.at.isoformat() if line.at else None,
            "level": line.level,
            "text": (shown := hide_in_text(line.text[:_READ])[:LONGEST_LINE]),
            "words": [*(words := words_in(shown)), *owned(words, owner)],
        }
        for line in lines
    ]
    if rows:
        values = {**key._asdict(), "owner": owner, "at": at, "lines": storable_json(rows)}
        connection.execute(_KEEP, values)


def lines_of_log(records: Sequence["LogRecord"], *, first_number: int) -> list[SearchLine]:
    """The warnings and errors among the records of a log that are stored in one go; of more than 50 the newest."""
    numbered = enumerate(records, start=first_number)
    found = [(number, record) for number, record in numbered if record.level in _WORTH]
    return [
        SearchLine("", number, record.timestamp, _WORTH[record.level], record.message)
        for number, record in found[-_MOST_OF_A_CHUNK:]
    ]


def keep_diagnosis(connection: Connection, run: Run, *, at: datetime) -> None:
    """Store why a run failed, with the lines that prove it; delete that of a run that did not fail after all."""
    if not run.diagnosis:
        if run.is_over:
            key = LogKey.of(run.run_id, run.created_at)
            connection.execute(_FORGET, {**key._asdict(), "number": DIAGNOSIS})
        return
    evidence = [found["line"] for found in run.diagnosis.get("evidence") or ()]
    told = "\n".join(dict.fromkeys(filter(None, [run.error_message, run.error_task, *evidence])))
    key = LogKey.of(run.run_id, run.created_at)
    connection.execute(select(func.make_entry_month(key.month)))  # a run may fail before it has a log
    keep_lines(connection, key, run.user_email, [SearchLine("", DIAGNOSIS, None, _WARN + 1, told)], at=at)
