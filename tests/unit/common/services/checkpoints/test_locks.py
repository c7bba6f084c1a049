"""Savers share the lock of a conversation; a deleter holds it exclusively."""

import threading

from sqlalchemy import Engine

from common.services.checkpoints.locks import lock_exclusive, lock_shared, try_lock_exclusive


def test_savers_share_a_lock(emptied_engine: Engine) -> None:
    with emptied_engine.begin() as one, emptied_engine.begin() as other, emptied_engine.begin() as deleter:
        lock_shared(one, ["chat"])
        lock_shared(other, ["chat"])
        assert try_lock_exclusive(deleter, ["chat"]) == []


def test_try_lock_returns_only_unlocked_conversations(emptied_engine: Engine) -> None:
    with emptied_engine.begin() as saver, emptied_engine.begin() as deleter:
        lock_shared(saver, ["busy", "null"])
        assert try_lock_exclusive(deleter, ["busy", "free", "null"]) == ["free"]


def test_locking_no_conversation_does_nothing(emptied_engine: Engine) -> None:
    with emptied_engine.begin() as connection:
        lock_exclusive(connection, [])
        assert try_lock_exclusive(connection, []) == []


def test_a_saver_waits_for_a_deletion_to_end(emptied_engine: Engine) -> None:
    order: list[str] = []

    def save() -> None:
        with emptied_engine.begin() as connection:
            lock_shared(connection, ["chat"])
            order.append("saved")

    saver = threading.Thread(target=save)
    with emptied_engine.begin() as deleter:
        lock_exclusive(deleter, ["other", "chat"])
        saver.start()
        saver.join(0.2)
        order.append("deleted")
    saver.join(60)
    assert order == ["deleted", "saved"]
