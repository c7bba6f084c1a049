"""Numbers for what writes log entries: the same thread and logger have the same number in all logs."""

import json
from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection, text

from common.domain.runs.log_key import LogKey
from common.domain.text.storable import storable_text
from common.services.ingest.entry_rows import Source

# Sorted, so that two transactions that add the same sources wait for each other and never both.
_FIND_OR_ADD: Final = text("""
    WITH asked AS (SELECT DISTINCT thread, logger FROM json_to_recordset(:asked) AS asked (thread text, logger text)),
    added AS (
        INSERT INTO entry_sources (thread, logger)
        SELECT thread, logger FROM asked WHERE NOT EXISTS (
            SELECT FROM entry_sources known WHERE known.thread = asked.thread AND known.logger = asked.logger
        )
        ORDER BY thread, logger
        ON CONFLICT DO NOTHING
        RETURNING id, thread, logger
    )
    SELECT id, thread, logger FROM added
    UNION ALL SELECT id, thread, logger FROM asked JOIN entry_sources USING (thread, logger)
""")


# Nearly always all sources are known, and one statement does both.
_DELETE_AND_FIND: Final = text("""
    WITH deleted AS (
        DELETE FROM entries WHERE month = :month AND run_number = :run_number AND number >= :first_number
    )
    SELECT id, thread, logger FROM json_to_recordset(:asked) AS asked (thread text, logger text)
    JOIN entry_sources USING (thread, logger)
""")


def source_ids(connection: Connection, sources: Collection[Source]) -> dict[Source, int]:
    """The id of each source; new ones are added in the connection's transaction."""
    asked = _asked(sources)
    while True:  # another transaction may have added some since the snapshot
        ids = _ids_of(sources, connection.execute(_FIND_OR_ADD, {"asked": asked}))
        if ids is not None:
            return ids


def delete_and_find_sources(
    connection: Connection, key: LogKey, first_number: int, sources: Collection[Source]
) -> dict[Source, int]:
    """Delete the entries of a log from `first_number` on; the id of each source, as `source_ids`."""
    values = {**key._asdict(), "first_number": first_number, "asked": _asked(sources)}
    ids = _ids_of(sources, connection.execute(_DELETE_AND_FIND, values))
    return source_ids(connection, sources) if ids is None else ids


def _asked(sources: Collection[Source]) -> str:
    stored = map(_stored, sources)
    return json.dumps([{"thread": thread, "logger": logger} for thread, logger in stored])


def _ids_of(sources: Collection[Source], rows: Iterable[Any]) -> dict[Source, int] | None:
    """The id of each source; None when a row is missing."""
    ids = {(row.thread, row.logger): row.id for row in rows}
    found = {source: ids.get(_stored(source)) for source in sources}
    known = {source: number for source, number in found.items() if number is not None}
    return known if len(known) == len(found) else None


def _stored(source: Source) -> tuple[str, str]:
    thread, logger = source
    return storable_text(thread or ""), storable_text(logger or "")
