"""The receiver counts what it takes, and refuses a share."""

import random

import requests

from chaos.receiver import CountingReceiver


def test_what_is_taken_is_counted_by_its_id_and_what_is_refused_is_not() -> None:
    with CountingReceiver(0, random.Random(1)) as receiver:
        ids = ["a", "b"] * 20
        statuses = [
            requests.post(receiver.url, data=b"{}", headers={"webhook-id": each}, timeout=10).status_code
            for each in ids
        ]

    assert receiver.taken.total() == statuses.count(204)
    assert receiver.refused == statuses.count(503) > 0
    assert receiver.taken.keys() == {"a", "b"}
