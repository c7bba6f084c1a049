"""What Alembic runs in says which database it wants."""

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError


@pytest.mark.parametrize("address", [None, ""])
def test_migrating_no_database_is_refused_with_what_to_set(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if address is not None:
        monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(CommandError, match="DATABASE_URL is not set"):  # which the program prints in one line
        command.upgrade(Config("migrations/alembic.ini"), "head")
