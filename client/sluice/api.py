"""Calls of the API: JSON in and out, lists over their cursors, streams that reconnect."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Generic

from sluice.decoding import Json, RecordT, decode
from sluice.errors import (
    ConflictError,
    ConnectionLostError,
    InputError,
    NotFoundError,
    RefusedError,
    TimedOut,
    UnavailableError,
)
from sluice.sse import StreamEvent, events_in, lines_in
from sluice.state import State
from sluice.transport import Answer, Transport

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "idempotency-replayed"
_JSON: Final = {"Content-Type": "application/json"}
_LONG_LIVED_S: Final = 10.0
_SILENCE_S: Final = 60.0


@dataclass(slots=True)
class Api:
    """`unknown` collects the fields of answers that this client does not know."""

    transport: Transport
    state: State
    clock: Callable[[], float] = time.monotonic
    unknown: set[str] = field(default_factory=set)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """The object at `path`. Raises SluiceError."""
        return _object_of(self.transport.send("GET", path, query=query, repeatable=True))

    def get_text(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        """The text at `path`. Raises SluiceError."""
        return self.transport.send("GET", path, query=query, repeatable=True).content.decode()

    def delete(self, path: str) -> Json:
        """Repeated like a read: what is being deleted stays so. Raises SluiceError."""
        return _object_of(self.transport.send("DELETE", path, repeatable=True))

    def ask(self, path: str, body: Json, query: Mapping[str, Any] | None = None) -> Json:
        """The answer to a POST that changes nothing. Raises SluiceError."""
        content = json.dumps(body).encode()
        answer = self.transport.send("POST", path, query=query, content=content, headers=_JSON, repeatable=True)
        return _object_of(answer)

    def create(self, path: str, body: Json) -> tuple[Json, bool]:
        """What a POST made, and whether an earlier one had made it already. Raises SluiceError.

        Its key is kept until an answer has come: whoever sends the same again after a broken connection gets what the
        first request made.
        """
        content = json.dumps(body, sort_keys=True).encode()
        digest = sha256(b"\n".join([self.transport.server.encode(), path.encode(), content])).hexdigest()
        headers = _JSON | {KEY_HEADER: f"{digest[:32]}-{self.state.nonce_of(digest)}"}
        try:
            answer = self.transport.send("POST", path, content=content, headers=headers, repeatable=True)
        except (InputError, ConflictError, NotFoundError):
            self.state.forget_nonce(digest)
            raise  # after any other error an earlier request may have been done
        self.state.forget_nonce(digest)
        return _object_of(answer), REPLAYED_HEADER in answer.headers

    def decode(self, kind: type[RecordT], value: object) -> RecordT:
        """The record of `kind` in a part of an answer. Raises UnavailableError."""
        return decode(kind, value, self.unknown)

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Json]:
        """The pages of a list, from the first to the last. Raises SluiceError."""
        cursor: str | None = None
        while True:
            page = self.get(path, {**(query or {}), "cursor": cursor})
            yield page
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def follow(
        self, path: str, *, query: Mapping[str, Any] | None = None, last_id: str | None = None,
        deadline: float | None = None,
    ) -> Iterator[StreamEvent]:  # fmt: skip
        """The events of a stream up to and including `done`; a stream that breaks is resumed after its last event.

        Raises TimedOut when the clock reaches `deadline`, and SluiceError when the stream cannot be resumed.
        """
        patience, renewed = self.transport.patience(), False
        while True:
            opened, lost, is_done = self.clock(), None, False
            try:
                for event in self._events_once(path, query, last_id, deadline):
                    patience, renewed, last_id = self.transport.patience(), False, event.id or last_id
                    is_done = event.kind == "done"
                    yield event
            except _NothingLeft:
                return
            except RefusedError:
                if renewed or not self.transport.sign_in.renew():
                    raise
                renewed = True
                continue
            except ConnectionLostError as error:
                lost = error
            if is_done:
                return
            if deadline is not None and self.clock() >= deadline:
                raise TimedOut("it did not end in the time that was given")
            if self.clock() - opened > _LONG_LIVED_S:
                patience = self.transport.patience()
            if not patience.pause(lost.retry_after_s if lost else None):
                raise lost or UnavailableError("the stream ends again and again before its end")

    def _events_once(
        self, path: str, query: Mapping[str, Any] | None, last_id: str | None, deadline: float | None
    ) -> Iterator[StreamEvent]:
        headers = {"Accept": "text/event-stream"} | ({} if last_id is None else {"Last-Event-ID": last_id})
        left_s = _SILENCE_S if deadline is None else max(0.05, min(_SILENCE_S, deadline - self.clock()))
        with self.transport.stream("GET", path, query=query, headers=headers, read_s=left_s) as stream:
            if stream.status == 204:
                raise _NothingLeft
            for event in events_in(self._until(deadline, lines_in(stream.pieces))):
                yield event
                if event.kind == "done":
                    return

    def _until(self, deadline: float | None, lines: Iterator[str]) -> Iterator[str]:
        """The lines that arrive before `deadline`; heartbeats are lines, so that it is looked at often enough."""
        for line in lines:
            if deadline is not None and self.clock() >= deadline:
                return
            yield line


class _NothingLeft(Exception):  # noqa: N818 no error
    """The stream has no more events."""


class Records(Generic[RecordT]):
    """The records of a list, fetched page by page while one iterates; each iteration begins anew."""

    def __init__(self, records: Callable[[], Iterator[RecordT]]) -> None:
        self._records = records

    def __iter__(self) -> Iterator[RecordT]:
        return self._records()

    def to_pandas(self) -> Any:  # noqa: ANN401 pandas is not a dependency
        """A data frame with one row for each record and the columns of the API. Raises ImportError without pandas."""
        import pandas as pd  # noqa: PLC0415 only for those who have it

        return pd.DataFrame([record.raw for record in self])


def _object_of(answer: Answer) -> Json:
    value = answer.json()
    if not isinstance(value, dict):
        raise UnavailableError("the answer is no JSON object; is the address that of a Sluice service?")
    return value
