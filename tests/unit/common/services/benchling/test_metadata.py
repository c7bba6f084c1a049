"""One request at a time renews the names; others get the old ones meanwhile."""

import threading
from collections.abc import Mapping

import pytest

from common.errors import BenchlingError
from common.services.benchling.metadata import FRESH_FOR, MetadataCache
from tests.support.clock import Clock
from tests.support.runs import NOON
from tests.support.threads import all_at_once

OLD, NEW = {"projects": ("a",)}, {"projects": ("a", "b")}


class Source:
    """Returns `answer`, or fails if it is None; counts its calls. `gate` blocks it."""

    def __init__(self) -> None:
        self.answer: Mapping[str, tuple[str, ...]] | None = OLD
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()

    def __call__(self) -> Mapping[str, tuple[str, ...]]:
        self.calls += 1
        self.reached.set()
        assert self.gate.wait(60)
        if self.answer is None:
            raise BenchlingError("Benchling does not answer")
        return self.answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def cache(source: Source, clock: Clock) -> MetadataCache:
    return MetadataCache(source, clock)


def test_fresh_names_are_not_loaded_again(cache: MetadataCache, source: Source, clock: Clock) -> None:
    first = cache.get()
    clock.advance(seconds=299)
    assert (cache.get(), source.calls, first.is_stale) == (first, 1, False)


def test_names_are_renewed_after_five_minutes(cache: MetadataCache, source: Source, clock: Clock) -> None:
    cache.get()
    source.answer = NEW
    clock.advance(minutes=5)
    renewed = cache.get()
    assert (renewed.names, renewed.as_of, renewed.is_stale) == (NEW, NOON + FRESH_FOR, False)


def test_concurrent_first_requests_load_once(cache: MetadataCache, source: Source) -> None:
    found = all_at_once([cache.get] * 8)
    assert (source.calls, [known.names for known in found]) == (1, [OLD] * 8)


def test_old_names_are_served_during_a_renewal(cache: MetadataCache, source: Source, clock: Clock) -> None:
    cache.get()
    source.answer = NEW
    source.gate.clear()
    source.reached.clear()
    clock.advance(minutes=5)
    renewing = threading.Thread(target=cache.get)
    renewing.start()
    assert source.reached.wait(60)
    served = cache.get()
    source.gate.set()
    renewing.join(60)
    assert (served.names, served.is_stale) == (OLD, True)
    assert (cache.get().names, source.calls) == (NEW, 2)


def test_old_names_are_served_as_stale_while_benchling_is_away(
    cache: MetadataCache, source: Source, clock: Clock
) -> None:
    cache.get()
    source.answer = None
    clock.advance(hours=3)
    served = cache.get()
    assert (served.names, served.as_of, served.is_stale) == (OLD, NOON, True)


def test_a_failed_renewal_is_not_repeated_at_once(cache: MetadataCache, source: Source, clock: Clock) -> None:
    cache.get()
    source.answer = None
    clock.advance(hours=3)
    for _ in range(5):
        cache.get()
    assert source.calls == 2
    source.answer = NEW
    clock.advance(seconds=30)
    assert (cache.get().names, cache.get().is_stale) == (NEW, False)


def test_without_names_every_request_fails_but_only_one_loads(
    cache: MetadataCache, source: Source, clock: Clock
) -> None:
    source.answer = None
    for _ in range(3):
        with pytest.raises(BenchlingError, match="Benchling does not answer"):
            cache.get()
    assert source.calls == 1
    source.answer = NEW
    clock.advance(seconds=5)
    assert cache.get().names == NEW
