import pytest

from common.domain.runs.access import Access, Caller, may_access, readers_from, require_owner, require_reader
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


@pytest.mark.parametrize(
    ("caller", "shared_with", "may"),
    [
        (Caller(email="ben@lab.example"), (), False),
        (Caller(email="ben@lab.example"), ("ben@lab.example",), True),
        (Caller(email="ben@lab.example"), ("carla@lab.example",), False),
        (Caller(email="ben@lab.example"), ("everyone",), True),
        (Caller(email=""), ("ben@lab.example",), False),
        (Caller(email="root@lab.example", is_admin=True), (), True),
        (Caller(email="ana@lab.example"), (), True),
    ],
)
def test_those_a_run_is_shared_with_may_read_it(caller: Caller, shared_with: tuple[str, ...], *, may: bool) -> None:
    access = Access("ana@lab.example", shared_with)

    if may:
        require_reader(caller, access, thing="run run-1a2b3c4d")
    else:
        with pytest.raises(AuthorizationError, match="ask its owner"):
            require_reader(caller, access, thing="run run-1a2b3c4d")


def test_readers_are_members_of_the_domain_each_once_and_never_the_owner() -> None:
    named = ["Ben@lab.example", "ben@LAB.example ", "ana@lab.example", "everyone"]

    assert readers_from(named, owner="Ana@lab.example", domain="lab.example") == (("ben@lab.example", "everyone"), [])


@pytest.mark.parametrize(
    "name",
    ["ben@elsewhere.example", "ben", "@lab.example", "b n@lab.example", "ben@sub.lab.example", "a@b@lab.example"],
)
def test_other_readers_are_faults_with_their_place(name: str) -> None:
    readers, faults = readers_from(["carla@lab.example", name], owner="ana@lab.example", domain="lab.example")

    assert readers == ("carla@lab.example",)
    assert [(fault.field, fault.message) for fault in faults] == [
        ("shared_with.1", "must be an address that ends in @lab.example, or everyone")
    ]
