"""What Postgres says is found in what pg8000 raises."""

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from common.services.postgres.failures import sqlstate


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (DatabaseError({"S": "ERROR", "C": "57014", "M": "canceling statement"}), "57014"),
        (DatabaseError({"M": "no code"}), ""),
        (DatabaseError("text"), ""),
        (InterfaceError("network error"), ""),
        (OSError(), ""),
        (None, ""),
    ],
)
def test_a_state_is_read_where_there_is_one(error: BaseException | None, state: str) -> None:
    assert sqlstate(error) == state
