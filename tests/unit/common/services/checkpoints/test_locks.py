"""Who saves to a conversation shares it, who deletes from it has it alone."""

import threading

from sqlalchemy import Engine

from common.services.checkpoints.locks import share_threads, take_free_threads, take_threads


def test_savers_share_a_conversation(emptied_engine: Engine) -> None:
    with emptied_engine.begin() as one, emptied_engine.begin() as other, emptied_engine.begin() as deleter:
        share_threads(one, ["chat"])
        share_threads(other, ["chat"])
        assert take_free_threads(deleter, ["chat"]) == []


def test_a_deleter_finds_only_what_nobody_is_busy_with(emptied_engine: Engine) -> None:
    with emptied_engine.begin() as saver, emptied_engine.begin() as deleter:
        share_threads(saver, ["busy", "null"])
        assert take_free_threads(deleter, ["busy", "free", "null"]) == ["free"]


def test_nothing_is_free_of_nothing(emptied_engine: Engine) -> None:
    with emptied_engine.begin() as connection:
        take_threads(connection, [])
        assert take_free_threads(connection, []) == []


def test_a_saver_waits_until_a_deletion_is_over(emptied_engine: Engine) -> None:
    told: list[str] = []

    def save() -> None:
        with emptied_engine.begin() as connection:
            share_threads(connection, ["chat"])
            told.append("saved")

    saver = threading.Thread(target=save)
    with emptied_engine.begin() as deleter:
        take_threads(deleter, ["other", "chat"])
        saver.start()
        saver.join(0.2)
        told.append("deleted")
    saver.join(10)
    assert told == ["deleted", "saved"]
