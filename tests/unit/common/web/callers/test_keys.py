import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.errors import UnavailableError
from common.web.callers.keys import KeySet, fetch_keys
from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.rest_service import RestService

URL = "https://keys.example"


class FakeKeys:
    """An address that publishes `published`, or fails while it is None; counts requests."""

    def __init__(self, published: dict[str, str] | None) -> None:
        self.published, self.fetches = published, 0

    def __call__(self, url: str) -> dict[str, str]:
        self.fetches += 1
        if self.published is None:
            raise OSError("away")
        return self.published


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make_keys(published: dict[str, str] | None) -> tuple[KeySet, FakeKeys, FakeClock]:
    source, clock = FakeKeys(published), FakeClock()
    return KeySet(URL, fetch=source, clock=clock), source, clock


def test_keys_are_fetched_once_an_hour() -> None:
    keys, source, clock = make_keys({"a": "A"})
    for clock.now in (0, 1, 3599):
        assert keys.find("a") == "A"
    assert source.fetches == 1
    clock.now = 3600
    assert keys.find("a") == "A"
    assert source.fetches == 2


def test_a_rotated_key_is_found_with_one_extra_fetch() -> None:
    keys, source, clock = make_keys({"a": "A"})
    keys.find("a")
    source.published = {"a": "A", "b": "B"}
    clock.now = 1
    assert [keys.find("b"), keys.find("a"), keys.find("b")] == ["B", "A", "B"]
    assert source.fetches == 2


def test_unknown_ids_cause_one_extra_fetch_a_minute() -> None:
    keys, source, clock = make_keys({"a": "A"})
    keys.find("a")
    for clock.now in range(120):
        assert keys.find(f"random-{clock.now}") is None
    assert source.fetches == 1 + 2


def test_a_withdrawn_key_is_unknown_after_the_renewal() -> None:
    keys, source, clock = make_keys({"a": "A"})
    keys.find("a")
    source.published, clock.now = {"b": "B"}, 3600
    assert keys.find("b") == "B"
    assert keys.find("a") is None


def test_old_keys_stay_in_use_while_renewals_fail_once_a_minute() -> None:
    keys, source, clock = make_keys({"a": "A"})
    keys.find("a")
    source.published = None
    for clock.now in range(3600, 3720):
        assert keys.find("a") == "A"
    assert source.fetches == 1 + 2


def test_without_keys_the_caller_may_retry() -> None:
    keys, source, clock = make_keys(None)
    for clock.now in (0, 1, 4):
        with pytest.raises(UnavailableError) as raised:
            keys.find("a")
    assert raised.value.retry_after_s == 5
    assert source.fetches == 1
    source.published, clock.now = {"a": "A"}, 5
    assert keys.find("a") == "A"


def test_many_threads_share_one_fetch() -> None:
    keys, source, _clock = make_keys({"a": "A"})
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(keys.find, ["a"] * 64)) == ["A"] * 64
    assert source.fetches == 1


def test_a_caller_with_a_known_key_does_not_wait_for_a_renewal() -> None:
    renewing, finish = threading.Event(), threading.Event()

    def fetch(_url: str) -> dict[str, str]:
        if clock.now:
            renewing.set()
            assert finish.wait(60)
        return {"a": "A"}

    clock = FakeClock()
    keys = KeySet(URL, fetch=fetch, clock=clock)
    keys.find("a")
    clock.now = 3600
    with ThreadPoolExecutor(1) as pool:
        renewal = pool.submit(keys.find, "a")
        assert renewing.wait(60)
        assert keys.find("a") == "A"
        finish.set()
        assert renewal.result() == "A"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://keys.example", ""])
def test_keys_are_fetched_only_over_http(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        KeySet(url)


@pytest.fixture
def publisher() -> Iterator[str]:
    answers: dict[str, Json] = {"keys": {"a": "A"}, "none": {}, "odd": {"a": 1}}
    service = RestService(0, [("GET", "/<name>", lambda _request, name: answers[name])])
    service.start()
    yield f"http://127.0.0.1:{service.port}"
    service.stop()


def test_keys_are_read_from_their_address(publisher: str) -> None:
    assert fetch_keys(f"{publisher}/keys") == {"a": "A"}


@pytest.mark.parametrize("path", ["/none", "/odd", "/absent"])
def test_an_answer_without_keys_counts_as_unavailable(publisher: str, path: str) -> None:
    with pytest.raises(UnavailableError):
        KeySet(publisher + path).find("a")


def test_an_unreachable_address_counts_as_unavailable() -> None:
    with pytest.raises(UnavailableError):
        KeySet("http://127.0.0.1:1/keys").find("a")
