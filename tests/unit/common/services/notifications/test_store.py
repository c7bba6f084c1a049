from datetime import timedelta

from sqlalchemy import Engine, text

from common.services.notifications.store import NotificationStore
from tests.support.runs import NOON

_ADD = """
    INSERT INTO notifications (id, target, user_email, event, at, next_try_at)
    SELECT CAST(:name AS text) || number, 'webhook', :email, 'run.failed', :at, :at
    FROM generate_series(1, :count) AS number
"""


def add(engine: Engine, name: str, *, count: int, minute: int) -> None:
    values = {"name": name, "email": f"{name}@lab.example", "at": NOON + timedelta(minutes=minute), "count": count}
    with engine.begin() as connection:
        connection.execute(text(_ADD), values)


def test_those_that_are_due_longest_come_first(engine: Engine) -> None:
    for name, minute in (("ana", 2), ("ben", 1), ("eve", 4)):
        add(engine, name, count=1, minute=minute)

    due = NotificationStore(engine).due(at=NOON + timedelta(minutes=3))

    assert [each.id for each in due] == ["ben1", "ana1"]


def test_the_many_of_one_user_do_not_keep_back_those_of_another(engine: Engine) -> None:
    add(engine, "ana", count=600, minute=0)
    add(engine, "ben", count=1, minute=1)

    due = NotificationStore(engine).due(at=NOON + timedelta(minutes=2))

    assert len(due) == 51
    assert due[-1].id == "ben1"
