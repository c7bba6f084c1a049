"""The poller that many viewers share, on topics of numbers in memory."""

import asyncio
import threading
from collections.abc import Collection
from contextlib import aclosing

import pytest

from common.errors import UnavailableError
from common.services.postgres import live_feed
from common.services.postgres.live_feed import FeedBatch, FeedItem, FeedPosition, LiveFeed
from tests.support.async_tests import in_time, until, until_alone
from tests.support.telemetry import recorded_actions

POLL_S = 0.06
SIZE = 1024


class Topics:
    """Topics whose items are their numbers from 1 on; records the positions of each poll."""

    def __init__(self, **lengths: int) -> None:
        self.lengths, self.ended = lengths, False
        self.polls: list[list[FeedPosition]] = []
        self.at_once = 1000
        self.failures: list[Exception] = []
        self.revisions: dict[str, int] = {}  # of the open item that follows
        self.changing = threading.Lock()

    def read_after(self, positions: Collection[FeedPosition]) -> FeedBatch[int]:
        with self.changing:
            self.polls.append(list(positions))
            if self.failures:
                raise self.failures.pop(0)
            items = [item for topic, seen in positions for item in self._after(topic, seen)]
            return FeedBatch(items[: self.at_once], has_more=len(items) > self.at_once)

    def _after(self, topic: str, seen: int) -> list[FeedItem[int]]:
        last = self.lengths[topic]
        items = [FeedItem(topic, n, n, SIZE, is_last=self.ended and n == last) for n in range(seen + 1, last + 1)]
        if (revision := self.revisions.get(topic)) is not None:
            items.append(FeedItem(topic, last + 1, -revision, SIZE, revision=revision))
        return items


def feed_of(topics: Topics, *, poll_interval_s: float = POLL_S) -> LiveFeed[int]:
    return LiveFeed(topics.read_after, poll_interval_s=poll_interval_s)


async def polled(topics: Topics) -> None:
    """Wait until what `topics` has now was read and given to the viewers."""
    polls = len(topics.polls)
    await until(lambda: len(topics.polls) > polls + 1)


async def items_from(feed: LiveFeed[int], topic: str, *, seen: int = 0) -> list[int]:
    async with aclosing(feed.follow(topic, seen=seen, heartbeat_s=5)) as stream:
        return [number async for batch in stream for number in batch]


def test_viewers_at_the_same_position_share_one_query() -> None:
    topics = Topics(a=0, b=0)

    async def watch() -> None:
        feed = feed_of(topics)
        viewers = [asyncio.create_task(items_from(feed, topic)) for topic in "ab" * 50]
        await polled(topics)
        with topics.changing:
            topics.lengths, topics.ended = {"a": 2, "b": 1}, True
        assert await asyncio.gather(*viewers) == [[1, 2], [1]] * 50

    in_time(watch())

    assert {tuple(sorted(positions)) for positions in topics.polls if len(positions) > 1} == {(("a", 0), ("b", 0))}


def test_the_poll_interval_is_kept_without_new_viewers() -> None:
    topics = Topics(a=0)

    async def watch() -> None:
        began = asyncio.get_running_loop().time()
        viewer = asyncio.create_task(items_from(feed_of(topics, poll_interval_s=0.2), "a"))
        await until(lambda: len(topics.polls) == 4)
        assert asyncio.get_running_loop().time() - began > 0.55
        viewer.cancel()

    in_time(watch())


def test_a_new_viewer_does_not_wait_for_the_next_tick() -> None:
    topics = Topics(a=1, b=1)
    topics.ended = True

    async def watch() -> None:
        feed = feed_of(topics, poll_interval_s=60)
        topics.lengths["quiet"] = 0
        quiet = asyncio.create_task(items_from(feed, "quiet"))
        for topic in "ab":
            assert await items_from(feed, topic) == [1]
        quiet.cancel()

    in_time(watch())


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_a_long_topic_is_streamed_without_waiting_for_ticks(at_once: int) -> None:
    topics = Topics(a=300)
    topics.ended, topics.at_once = True, at_once

    async def watch() -> None:
        feed = feed_of(topics, poll_interval_s=60)
        whole, rest = await asyncio.gather(items_from(feed, "a"), items_from(feed, "a", seen=250))
        assert (whole, rest) == (list(range(1, 301)), list(range(251, 301)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_feed, "_SHORTEST_PAUSE_S", 0.001)
        in_time(watch())


def test_the_buffer_of_a_slow_viewer_is_bounded() -> None:
    topics = Topics(a=10_000)

    async def watch() -> None:
        async with aclosing(feed_of(topics).follow("a", seen=0, heartbeat_s=5)) as slow:
            taken = await anext(slow)
            await asyncio.sleep(3 * POLL_S)
            waiting = await anext(slow)
        assert len(taken) * SIZE <= live_feed._BUFFER_BYTES
        assert len(waiting) * SIZE <= live_feed._BUFFER_BYTES

    in_time(watch())


def test_heartbeats_continue_while_polling_fails() -> None:
    topics = Topics(a=0)
    topics.failures = [UnavailableError("unavailable")] * 100

    async def watch() -> None:
        async with aclosing(feed_of(topics).follow("a", seen=0, heartbeat_s=0.02)) as stream:
            assert [await anext(stream) for _ in range(3)] == [[], [], []]

    in_time(watch())


def test_streams_end_when_the_poller_fails_and_can_be_reopened() -> None:
    topics = Topics(a=0)
    topics.failures = [ValueError("an event of an unknown kind")]

    async def watch() -> None:
        feed = feed_of(topics)
        assert await items_from(feed, "a") == []
        topics.lengths["a"], topics.ended = 1, True
        assert await items_from(feed, "a") == [1]

    with recorded_actions() as actions:
        in_time(watch())

    assert actions == ["feed_failed"]


def test_an_open_item_is_sent_once_for_each_revision_and_then_as_final() -> None:
    topics = Topics(a=1)
    topics.revisions["a"] = 5

    async def watch() -> None:
        async with aclosing(feed_of(topics).follow("a", seen=0, heartbeat_s=5)) as stream:
            assert await anext(stream) == [1, -5]
            topics.revisions["a"] = 7
            assert await anext(stream) == [-7]
            await polled(topics)
            with topics.changing:
                topics.lengths["a"], topics.revisions["a"] = 2, 3  # that of the item after it
            assert await anext(stream) == [2, -3]

    in_time(watch())


def test_an_open_item_that_was_not_taken_is_replaced() -> None:
    topics = Topics(a=0)
    topics.revisions["a"] = 1

    async def watch() -> None:
        async with aclosing(feed_of(topics).follow("a", seen=0, heartbeat_s=5)) as slow:
            assert await anext(slow) == [-1]
            for revision in (2, 3):
                topics.revisions["a"] = revision
                await polled(topics)
            assert await anext(slow) == [-3]
            topics.revisions["a"] = 4
            await polled(topics)
            with topics.changing:
                topics.lengths, topics.ended = {"a": 1}, True
                topics.revisions.clear()
            await until_alone()  # nothing follows the last item, so that polling ends
            assert await anext(slow) == [1]

    in_time(watch())


def test_a_viewer_that_comes_later_gets_the_open_item_too() -> None:
    topics = Topics(a=0)
    topics.revisions["a"] = 4

    async def watch() -> None:
        feed = feed_of(topics)
        first, second = (feed.follow("a", seen=0, heartbeat_s=5) for _ in range(2))
        async with aclosing(first), aclosing(second):
            assert await anext(first) == [-4]
            assert await anext(second) == [-4]

    in_time(watch())


def test_a_large_open_item_fills_the_buffer_until_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "_BUFFER_BYTES", SIZE)
    topics = Topics(a=0)
    topics.revisions["a"] = 1

    async def watch() -> None:
        async with aclosing(feed_of(topics).follow("a", seen=0, heartbeat_s=5)) as slow:
            assert await anext(slow) == [-1]
            topics.revisions["a"] = 2
            await until_alone()  # polling ends, because the buffer is full
            topics.revisions["a"] = 3
            await asyncio.sleep(3 * POLL_S)
            assert await anext(slow) == [-2]
            assert await anext(slow) == [-3]

    in_time(watch())
