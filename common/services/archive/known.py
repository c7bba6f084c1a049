"""KnownArchiveStore: which archive of a run Sluice wrote, in Postgres.

Metadata of the object would not do: whoever can write an object can write its metadata.
"""

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.models.archives import ArchiveRow
from common.services.postgres.engine import read


class KnownArchiveStore:
    """Remembers the generation of each run's newest archive. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def generation_of(self, run_id: str) -> int | None:
        """The generation of the archive that Sluice wrote; None when it has written none."""
        known = select(ArchiveRow.generation).where(ArchiveRow.run_id == run_id)
        return read(self._engine, lambda connection: connection.execute(known).scalar_one_or_none())

    def save(self, run_id: str, generation: int, *, at: datetime) -> None:
        """Note an archive that was just published; otherwise it is built again, as if somebody else had written it."""
        values = {"generation": generation, "published_at": at}
        note = upsert(ArchiveRow).values(run_id=run_id, **values)
        with self._engine.begin() as connection:
            connection.execute(note.on_conflict_do_update(index_elements=[ArchiveRow.run_id], set_=values))
