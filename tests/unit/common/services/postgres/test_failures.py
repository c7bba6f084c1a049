"""How errors of pg8000 are classified."""

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError

from common.services.postgres.failures import is_temporary, sqlstate


def error_with(state: str) -> DatabaseError:
    return DatabaseError({"S": "ERROR", "C": state, "M": "a message"})


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (error_with("57014"), "57014"),
        (DatabaseError({"M": "no code"}), ""),
        (DatabaseError("text"), ""),
        (InterfaceError("network error"), ""),
        (OSError(), ""),
        (None, ""),
    ],
)
def test_sqlstate_reads_the_state_of_a_postgres_error(error: BaseException | None, state: str) -> None:
    assert sqlstate(error) == state


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (error_with("08006"), True),
        (error_with("53300"), True),
        (error_with("57P01"), True),
        (error_with("40P01"), True),
        (InterfaceError("network error"), True),
        (ConnectionResetError(), True),
        (error_with("57014"), False),
        (error_with("42601"), False),
        (DatabaseError("text"), False),
        (None, False),
    ],
)
def test_lost_connections_full_servers_and_lost_races_are_temporary(
    error: BaseException | None, expected: bool
) -> None:
    assert is_temporary(error) == expected
