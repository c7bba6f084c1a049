"""Names are asked for by one request at a time, and old ones are better than none."""

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
    """Gives `answer`, or fails when that is None; counts how often it was asked. `gate` holds it up."""

    def __init__(self) -> None:
        self.answer: Mapping[str, tuple[str, ...]] | None = OLD
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()

    def __call__(self) -> Mapping[str, tuple[str, ...]]:
        self.asked += 1
        self.reached.set()
        assert self.gate.wait(10)
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


def test_fresh_names_are_not_asked_for_again(cache: MetadataCache, source: Source, clock: Clock) -> None:
    first = cache.get()
    clock.advance(seconds=299)
    assert (cache.get(), source.asked, first.is_stale) == (first, 1, False)


def test_names_are_renewed_after_five_minutes(cache: MetadataCache, source: Source, clock: Clock) -> None:
    cache.get()
    source.answer = NEW
    clock.advance(minutes=5)
    renewed = cache.get()
    assert (renewed.names, renewed.as_of, renewed.is_stale) == (NEW, NOON + FRESH_FOR, False)


def test_many_who_come_first_ask_once(cache: MetadataCache, source: Source) -> None:
    found = all_at_once([cache.get] * 8)
    assert (source.asked, [known.names for known in found]) == (1, [OLD] * 8)


def test_while_names_are_renewed_others_get_the_old_ones_at_once(
    cache: MetadataCache, source: Source, clock: Clock
) -> None:
    cache.get()
    source.answer = NEW
    source.gate.clear()
    source.reached.clear()
    clock.advance(minutes=5)
    renewing = threading.Thread(target=cache.get)
    renewing.start()
    assert source.reached.wait(10)
    served = cache.get()
    source.gate.set()
    renewing.join(10)
    assert (served.names, served.is_stale) == (OLD, True)
    assert (cache.get().names, source.asked) == (NEW, 2)


def test_while_benchling_is_away_old_names_are_served_and_marked(
    cache: MetadataCache, source: Source, clock: Clock
) -> None:
    cache.get()
    source.answer = None
    clock.advance(hours=3)
    served = cache.get()
    assert (served.names, served.as_of, served.is_stale) == (OLD, NOON, True)


def test_an_attempt_that_failed_is_not_repeated_at_once(cache: MetadataCache, source: Source, clock: Clock) -> None:
    cache.get()
    source.answer = None
    clock.advance(hours=3)
    for _ in range(5):
        cache.get()
    assert source.asked == 2
    source.answer = NEW
    clock.advance(seconds=30)
    assert (cache.get().names, cache.get().is_stale) == (NEW, False)


def test_without_any_names_everybody_is_told_and_only_one_has_waited(
    cache: MetadataCache, source: Source, clock: Clock
) -> None:
    source.answer = None
    for _ in range(3):
        with pytest.raises(BenchlingError, match="Benchling does not answer"):
            cache.get()
    assert source.asked == 1
    source.answer = NEW
    clock.advance(seconds=5)
    assert cache.get().names == NEW
