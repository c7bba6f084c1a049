"""ArchiveBuildStore: the progress of unfinished archives, in Postgres.

It names the objects to read, so it does not lie in a bucket beside the parts: whoever could write there could have the
files of other runs archived.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.archive.build import ArchiveBuild
from common.errors import UnavailableError
from common.models.archives import ArchiveBuildRow
from common.services.postgres.engine import read


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBuild:
    """Saved progress; `build` is None when another release saved it in another form."""

    version: str
    build: ArchiveBuild | None


class ArchiveBuildStore:
    """Saves the progress of one build per run. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, run_id: str) -> StoredBuild | None:
        """The saved progress of a run's archive; None when there is none."""
        saved = select(ArchiveBuildRow.version, ArchiveBuildRow.build).where(ArchiveBuildRow.run_id == run_id)
        row = read(self._engine, lambda connection: connection.execute(saved).first())
        return StoredBuild(version=row.version, build=_build_in(row.build)) if row else None

    def save(self, run_id: str, build: ArchiveBuild, *, after: StoredBuild | None, at: datetime) -> None:
        """Save progress that was made since `after` was found.

        Raises UnavailableError when another worker has saved progress meanwhile.
        """
        values = {"version": str(uuid.uuid4()), "build": build.as_json(), "saved_at": at}
        new = upsert(ArchiveBuildRow).values(run_id=run_id, **values)
        if after:
            is_unchanged = ArchiveBuildRow.version == after.version
            new = new.on_conflict_do_update(index_elements=[ArchiveBuildRow.run_id], set_=values, where=is_unchanged)
        else:
            new = new.on_conflict_do_nothing()
        with self._engine.begin() as connection:
            if connection.execute(new).rowcount != 1:
                raise UnavailableError(f"another worker continued the archive of run {run_id} meanwhile; try again")

    def delete(self, run_id: str, stored: StoredBuild) -> None:
        """Delete progress, unless another worker has saved newer progress."""
        is_same = (ArchiveBuildRow.run_id == run_id) & (ArchiveBuildRow.version == stored.version)
        with self._engine.begin() as connection:
            connection.execute(delete(ArchiveBuildRow).where(is_same))


def _build_in(document: dict[str, object]) -> ArchiveBuild | None:
    try:
        return ArchiveBuild.from_json(document)
    except (KeyError, TypeError, ValueError):
        return None
