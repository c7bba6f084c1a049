"""Answers a repeated request with the same Idempotency-Key as the first time, for 24 hours.

Two bodies are equal if their canonical JSON is (names sorted, no spaces), so a client may serialize its retry anew.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from flask import Request, Response

from common.domain.runs.access import Caller
from common.errors import Fault, SluiceError, UnavailableError, ValidationError
from common.services.postgres.idempotency import Hold, IdempotencyStore, KeyedRequest, StoredAnswer
from common.telemetry import telemetry
from common.web.answers import JSON_TYPE

log = telemetry("idempotency")

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotency-Replayed"

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0


class IdempotencyGuard:
    """Executes a request with a key once; a concurrent duplicate waits up to `patience_s` for the first answer."""

    def __init__(
        self,
        store: IdempotencyStore,
        *,
        clock: Callable[[], datetime],
        patience_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._patience_s = store, patience_s
        self._clock, self._sleep = clock, sleep

    def answer_once(
        self, request: Request, caller: Caller, body: Mapping[str, Any], work: Callable[[str | None], Response]
    ) -> Response:
        """The answer of `work`, from now or from the first time.

        `work` is called with the creation key, which is None without the header; errors that it raises are not kept.

        Raises:
            ValidationError: the key is malformed.
            ConflictError: the key was used with another body.
            UnavailableError: the first request is not answered in time.
        """
        key = key_in(request)
        if key is None:
            return work(None)
        taken = self._take(_keyed(request, caller, key, body))
        return _replay(taken) if isinstance(taken, StoredAnswer) else self._work(taken, work)

    def _take(self, keyed: KeyedRequest) -> Hold | StoredAnswer:
        for pause_s in _pauses(self._patience_s):
            self._sleep(pause_s)
            if taken := self._store.take(keyed, at=self._clock()):
                return taken
        raise UnavailableError("the first request with this Idempotency-Key is still running; try again")

    def _work(self, hold: Hold, work: Callable[[str | None], Response]) -> Response:
        """Keep the answer, or release the key; after an unexpected error the key stays held until its lease expires."""
        try:
            response = work(hold.creation_key)
        except SluiceError as error:
            if hold.is_first and not isinstance(error, UnavailableError):
                self._store.forget(hold)
            else:
                self._store.release(hold, at=self._clock())
            raise
        location = response.headers.get("Location")
        answer = StoredAnswer(status=response.status_code, body=response.get_data(), location=location)
        try:
            self._store.keep(hold, answer)
        except UnavailableError as error:  # the work is done: a retry finds it by the creation key
            log.warning("answer not stored", extra={"action": "answer_not_stored", "why": error.message})
        return response


def key_in(request: Request) -> str | None:
    """The Idempotency-Key of a request, None without one. Raises ValidationError."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not _KEY.fullmatch(key):
        raise ValidationError([Fault(field=KEY_HEADER, message="must be 1 to 255 printable ASCII characters")])
    return key


def _keyed(request: Request, caller: Caller, key: str, body: Mapping[str, Any]) -> KeyedRequest:
    return KeyedRequest(scope=_hash_of([caller.email, request.method, request.path, key]), body_hash=_hash_of(body))


def _hash_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _pauses(patience_s: float) -> Iterator[float]:
    """No pause at first, then growing pauses that add up to `patience_s`."""
    yield 0
    pause_s = _FIRST_PAUSE_S
    while patience_s > 0:
        yield min(pause_s, patience_s)
        patience_s -= pause_s
        pause_s = min(_LONGEST_PAUSE_S, pause_s * 1.5)


def _replay(answer: StoredAnswer) -> Response:
    headers = {REPLAYED_HEADER: "true"} | ({"Location": answer.location} if answer.location else {})
    return Response(answer.body, answer.status, headers, content_type=JSON_TYPE)
