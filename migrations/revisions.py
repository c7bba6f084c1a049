"""The names of migrations: `NNNN_pre_slug.py` runs before a deploy, `NNNN_post_slug.py` after it.

The revision id of a new migration is its number alone: the file name carries the phase and the slug.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from alembic.operations.ops import MigrationScript
from alembic.util import CommandError

# The newest migration of each release. In a release, `pre` comes before `post`, and no deployment skips a release.
RELEASES: Final = {"0.2.0": "0009_task_error_action", "0.3.0": "0026"}

_FILE: Final = re.compile(r"([0-9]{4})_(pre|post)_\w+\.py", re.ASCII)
_MESSAGE: Final = re.compile(r"(?:pre|post): \S")


class Phase(StrEnum):
    """When a migration runs: before the functions are deployed, or after."""

    PRE = "pre"
    POST = "post"


def phase_of(path: Path) -> Phase:
    """The phase in a migration's file name. Raises CommandError when the name has none."""
    return Phase(_matched(path)[2])


def name_revision(script: MigrationScript, existing: Iterable[Path]) -> None:
    """Make the number after those of `existing` files the revision id; Alembic adds the message for the file name.

    Raises CommandError for a message without a phase. `alembic check` has no message, which is accepted.
    """
    if script.message is not None and not _MESSAGE.match(script.message):
        raise CommandError(f"the message {script.message!r} has no phase; write 'pre: …' or 'post: …'")
    numbers = [int(_matched(path)[1]) for path in existing]
    script.rev_id = f"{max(numbers, default=0) + 1:04}"


def _matched(path: Path) -> re.Match[str]:
    found = _FILE.fullmatch(path.name)
    if not found:
        raise CommandError(f"{path.name} does not say when it runs; name it NNNN_pre_slug.py or NNNN_post_slug.py")
    return found
