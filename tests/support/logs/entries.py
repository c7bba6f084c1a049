"""Log entries as the API shows them."""

import json

import pytest

from common.schemas.logs import LogEntry
from common.services.logs.listing import EntryPage


def entries_on(page: EntryPage) -> list[LogEntry]:
    """The entries that Postgres wrote on a page."""
    return [LogEntry.model_validate(entry) for entry in json.loads(f"[{page.lines}]")]


def never_restore(run_id: str) -> None:
    """For streams of logs whose entries were never dropped."""
    pytest.fail(f"the log of {run_id} is to be read again")
