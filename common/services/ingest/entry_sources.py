"""Numbers for what writes log entries: the same thread and logger have the same number in all logs."""

import json
from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, text

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


def source_ids(connection: Connection, sources: Collection[Source]) -> dict[Source, int]:
    """The id of each source; new ones are added in the connection's transaction."""
    stored = {source: _stored(source) for source in sources}
    asked = json.dumps([{"thread": thread, "logger": logger} for thread, logger in stored.values()])
    ids: dict[tuple[str, str], int] = {}
    while not ids.keys() >= set(stored.values()):  # another transaction may have added some since the snapshot
        ids = {(row.thread, row.logger): row.id for row in connection.execute(_FIND_OR_ADD, {"asked": asked})}
    return {source: ids[known] for source, known in stored.items()}


def _stored(source: Source) -> tuple[str, str]:
    thread, logger = source
    return storable_text(thread or ""), storable_text(logger or "")
