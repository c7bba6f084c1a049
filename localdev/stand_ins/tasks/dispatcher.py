"""Dispatches tasks when they are due: one thread watches the queues, and each attempt has its own thread.

There is no pool of threads, so slow handlers do not delay other tasks; only the limits of a queue do.
"""

import random
import threading
import time
from collections.abc import Callable

from localdev.stand_ins.tasks.queue import Queue, RateLimits
from localdev.stand_ins.tasks.queue_store import QueueStore
from localdev.stand_ins.tasks.task import CloudTask, after_failure, succeeded

_MAX_PAUSE_S = 1.0

Deliver = Callable[[CloudTask], int | None]


class TokenBucket:
    """The rate limit of a queue: so many dispatches per second, and a burst after a pause."""

    def __init__(self, rate_limits: RateLimits, *, now: float) -> None:
        self.rate_limits = rate_limits
        self._tokens, self._filled_at = float(rate_limits.max_burst_size), now

    def available(self, now: float) -> int:
        """How many dispatches are allowed now."""
        gained = (now - self._filled_at) * self.rate_limits.max_dispatches_per_second
        self._tokens = min(self.rate_limits.max_burst_size, self._tokens + max(0.0, gained))
        self._filled_at = now
        return int(self._tokens)

    def spend(self, dispatches: int) -> None:
        self._tokens -= dispatches

    def wait_s(self) -> float:
        """Seconds until the next dispatch is allowed."""
        return max(0.0, (1 - self._tokens) / self.rate_limits.max_dispatches_per_second)


class Dispatcher:
    """Dispatches the tasks of `store`; `deliver` makes one attempt and returns the HTTP status, None without one.

    The share `duplicate_rate` of attempts is delivered twice at the same time; `seed` chooses which.
    """

    def __init__(self, store: QueueStore, deliver: Deliver, *, duplicate_rate: float, seed: int) -> None:
        self._store, self._deliver = store, deliver
        self._duplicate_rate, self._random = duplicate_rate, random.Random(seed)  # noqa: S311 not used for secrets
        self._buckets: dict[str, TokenBucket] = {}
        self._wake, self._stopped = threading.Event(), False
        self._recording = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop dispatching; running attempts are not recorded, so they are repeated after the next start."""
        with self._recording:
            self._stopped = True
        self.wake()
        self._thread.join()

    def wake(self) -> None:
        """Check the queues now, because a task or a queue has changed."""
        self._wake.set()

    def run_now(self, name: str) -> None:
        """Attempt one task at once, regardless of its schedule and the state of its queue."""
        if task := self._store.take(name, now=time.time()):
            self._begin(task)

    def _watch(self) -> None:
        while not self._stopped:
            self._wake.clear()  # cleared before the check, so that no change is missed
            running = [queue for queue in self._store.queues() if queue.state == "RUNNING"]
            pauses = [self._dispatch_from(queue, time.time()) for queue in running]
            self._wake.wait(min(pauses, default=_MAX_PAUSE_S))

    def _dispatch_from(self, queue: Queue, now: float) -> float:
        """Start the attempts that are due and allowed; the seconds until the next check."""
        limits, bucket = queue.rate_limits, self._bucket(queue, now)
        free = limits.max_concurrent_dispatches - self._store.in_flight(queue.name)
        tasks = self._store.take_due(queue.name, now=now, limit=min(free, bucket.available(now)))
        bucket.spend(len(tasks))
        for task in tasks:
            self._begin(task)
        due = self._store.next_due(queue.name)
        if due is None or len(tasks) >= free:  # the end of an attempt calls wake
            return _MAX_PAUSE_S
        return min(max(due - now, bucket.wait_s()), _MAX_PAUSE_S)

    def _bucket(self, queue: Queue, now: float) -> TokenBucket:
        bucket = self._buckets.get(queue.name)
        if bucket is None or bucket.rate_limits != queue.rate_limits:
            bucket = self._buckets[queue.name] = TokenBucket(queue.rate_limits, now=now)
        return bucket

    def _begin(self, task: CloudTask) -> None:
        threading.Thread(target=self._attempt, args=(task,), daemon=True).start()
        if self._random.random() < self._duplicate_rate:
            threading.Thread(target=self._deliver, args=(task,), daemon=True).start()

    def _attempt(self, task: CloudTask) -> None:
        began = time.time()
        status = self._deliver(task)
        with self._recording:
            if not self._stopped:
                self._record(task, status, began=began)
        self.wake()

    def _record(self, task: CloudTask, status: int | None, *, began: float) -> None:
        now = time.time()
        queue = next((queue for queue in self._store.queues() if queue.name == task.queue), None)
        if queue is None:  # the queue was deleted with its tasks
            return
        retry = None if succeeded(status) else after_failure(task, status, queue.retry_config, began=began, at=now)
        if retry is None:
            self._store.remove(task.name, now=now)
        else:
            self._store.put_back(retry)
