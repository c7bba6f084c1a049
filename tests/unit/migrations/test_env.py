"""Alembic's environment requires DATABASE_URL."""

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError


@pytest.mark.parametrize("address", [None, ""])
def test_migrating_without_database_url_is_refused(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if address is not None:
        monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(CommandError, match="DATABASE_URL is not set"):
        command.upgrade(Config("migrations/alembic.ini"), "head")
