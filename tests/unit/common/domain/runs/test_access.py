import pytest

from common.domain.runs.access import Caller, may_access, require_owner
from common.errors import AuthorizationError


@pytest.mark.parametrize(
    ("caller", "owner", "may"),
    [
        (Caller(email="ana@lab.example"), "ana@lab.example", True),
        (Caller(email="ana@lab.example"), "Ana@Lab.example", True),
        (Caller(email="ben@lab.example"), "ana@lab.example", False),
        (Caller(email="ben@lab.example", is_admin=True), "ana@lab.example", True),
        (Caller(email=""), "ana@lab.example", False),
    ],
)
def test_only_owners_and_admins_may_access_a_run(caller: Caller, owner: str, *, may: bool) -> None:
    assert may_access(caller, owner=owner) == may


def test_the_error_for_other_users_says_to_ask_the_owner() -> None:
    with pytest.raises(AuthorizationError, match=r"run run-1a2b3c4d belongs to another user; ask its owner"):
        require_owner(Caller(email="ben@lab.example"), owner="ana@lab.example", thing="run run-1a2b3c4d")


def test_require_owner_accepts_the_owner() -> None:
    require_owner(Caller(email="ana@lab.example"), owner="ana@lab.example", thing="run run-1a2b3c4d")
