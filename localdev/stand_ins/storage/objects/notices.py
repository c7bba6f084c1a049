"""Finalized events: stored with their objects, delivered at least once, in any order."""

import json
import random
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlsplit

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.stored_object import StoredObject

EVENT_TYPE = "google.cloud.storage.object.v1.finalized"
FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 60.0
_WORKERS = 4
_POLL_S = 0.25
_TIMEOUT_S = 600.0
# characters that need no encoding in a header (CloudEvents, HTTP protocol binding, 3.1.3.2)
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F))).replace('"', "").replace("%", "")


@dataclass(frozen=True, slots=True)
class Trigger:
    """The address for notices of new objects in `bucket`; the share `duplicate_rate` (0 to 1) is delivered twice."""

    bucket: str
    url: str
    duplicate_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One event to deliver; all its deliveries have the same `id`."""

    id: str
    resource: Json
    tries: int


class NoticeOutbox:
    """The notices that are not delivered yet, in the database of the objects."""

    def __init__(self, database: Database, bucket: str, base_url: str) -> None:
        self._database, self._bucket, self._base_url = database, bucket, base_url
        self._claimed: set[str] = set()
        self._arrivals = threading.Semaphore(0)

    def add(self, connection: sqlite3.Connection, stored: StoredObject) -> None:
        """Add a notice for `stored` in the transaction that stores it, if it is in the bucket of the trigger."""
        if stored.bucket != self._bucket:
            return
        row = (uuid.uuid4().hex, json.dumps(stored.resource(self._base_url)), time.time())
        connection.execute("insert into notices (id, resource, due) values (?, ?, ?)", row)
        self.wake()

    def wait(self) -> None:
        """Wait until a notice is added, at most _POLL_S: a retry may be due by then."""
        self._arrivals.acquire(timeout=_POLL_S)

    def wake(self) -> None:
        """End one `wait` at once."""
        self._arrivals.release()

    def claim(self) -> Notice | None:
        """The notice that has been due longest; it is not claimed again until `settle` or a restart."""
        with self._database.reading() as connection:
            sql = "select id, resource, tries from notices where due <= ? order by due limit ?"
            for notice_id, resource, tries in connection.execute(sql, (time.time(), len(self._claimed) + 1)):
                if notice_id not in self._claimed:
                    self._claimed.add(notice_id)
                    return Notice(notice_id, json.loads(resource), tries)
        return None

    def settle(self, notice: Notice, *, delivered: bool) -> None:
        """Remove a delivered notice; delay one that failed, each time twice as long."""
        with self._database.transaction() as connection:
            if delivered:
                connection.execute("delete from notices where id = ?", (notice.id,))
            else:
                due = time.time() + retry_delay_s(notice.tries)
                connection.execute("update notices set due = ?, tries = tries + 1 where id = ?", (due, notice.id))
            self._claimed.discard(notice.id)


class NoticeDelivery:
    """Threads that post notices to the address of the trigger."""

    def __init__(self, outbox: NoticeOutbox, trigger: Trigger, token: Callable[[], str] | None) -> None:
        self._outbox, self._trigger, self._token = outbox, trigger, token
        self._stopping = threading.Event()
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(_WORKERS)]

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Start no further delivery; wait up to a second for each running one."""
        self._stopping.set()
        for _ in self._workers:
            self._outbox.wake()
        for worker in self._workers:
            worker.join(timeout=1)

    def _work(self) -> None:
        while not self._stopping.is_set():
            notice = self._outbox.claim()
            if notice is None:
                self._outbox.wait()
            else:
                self._outbox.settle(notice, delivered=self._deliver(notice))

    def _deliver(self, notice: Notice) -> bool:
        headers = event_headers(notice)
        if self._token:
            headers["authorization"] = f"Bearer {self._token()}"
        copies = 2 if random.random() < self._trigger.duplicate_rate else 1  # noqa: S311
        body = json.dumps(notice.resource).encode()
        return all(_post(self._trigger.url, body, headers) for _ in range(copies))


def retry_delay_s(tries: int) -> float:
    """Seconds to wait after a failure that follows `tries` earlier ones."""
    return min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(tries, 10))


def event_headers(notice: Notice) -> dict[str, str]:
    """The headers of a binary CloudEvent, as Eventarc sends them."""
    resource = notice.resource
    return {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": notice.id,
        "ce-type": EVENT_TYPE,
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{resource['bucket']}",
        "ce-subject": quote(f"objects/{resource['name']}", safe=_PRINTABLE),
        "ce-time": resource["updated"],
    }


def _post(url: str, body: bytes, headers: dict[str, str]) -> bool:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
