"""Lists jobs as Batch does: newest first, in pages, filtered by labels and states."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Final

from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.http.proto_json import read_int32, read_timestamp

JobPredicate = Callable[[Json], bool]

_NOT_SLOW = Slowness()
_MAX_PAGE_SIZE, _DEFAULT_PAGE_SIZE = 1000, 100
_STATES: Final = frozenset(
    {
        "STATE_UNSPECIFIED", "QUEUED", "SCHEDULED", "RUNNING", "SUCCEEDED", "FAILED", "DELETION_IN_PROGRESS",
        "CANCELLATION_IN_PROGRESS", "CANCELLED",
    }
)  # fmt: skip
# NOT labels.sluice-run="run-1a2b3c4d", labels."sluice-run" = run-1a2b3c4d, status.state!="FAILED"
_TERM = re.compile(
    r"(?P<negated>NOT\s+|-)?"
    r'(?:labels\.(?:"(?P<quoted>[^"]+)"|(?P<key>[\w-]+))|(?P<state>status\.state))'
    r'\s*(?P<operator>!?=)\s*(?:"(?P<text>[^"]*)"|(?P<word>[\w-]+))'
)


def list_jobs(store: JobStore, parent: str, query: Mapping[str, str], *, slowness: Slowness = _NOT_SLOW) -> Json:
    """One page; its token is the sequence number of its last job. Raises ServiceError 400."""
    now = time.time()
    matches = job_filter(query.get("filter", ""))
    size = read_int32(query.get("pageSize"), "page_size")
    if size < 0:
        raise ServiceError(400, f"page_size must not be negative, but is {size}")
    size = min(size or _DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE)
    before = _read_token(query.get("pageToken", ""))
    matching = [
        (seq, job)
        for seq, job in store.jobs_below(parent)
        if seq < before and matches(job) and _is_shown(job, slowness, now)
    ]
    page: Json = {"jobs": [job for _, job in matching[:size]]}
    if len(matching) > size:
        page["nextPageToken"] = str(matching[size - 1][0])
    return page


def _read_token(token: str) -> float:
    """The sequence number that a page's jobs must stay below."""
    if not token:
        return float("inf")
    if not re.fullmatch("[0-9]{1,18}", token):
        raise ServiceError(400, "page_token is invalid")
    return int(token)


def _is_shown(job: Json, slowness: Slowness, now: float) -> bool:
    delay = slowness.of_listing(job["name"])
    return not delay or now >= read_timestamp(job["createTime"]) / 1e9 + delay


def job_filter(text: str) -> JobPredicate:
    """The predicate of a filter `[NOT] labels.KEY="VALUE" AND [NOT] status.state="STATE" …`.

    OR and parentheses are left out. Raises ServiceError 400 for any other filter.
    """
    terms = [_term(term.strip()) for term in re.split(r"\s+AND\s+", text.strip())] if text.strip() else []
    return lambda job: all(term(job) for term in terms)


def _term(text: str) -> JobPredicate:
    match = _TERM.fullmatch(text)
    if not match:
        supported = '[NOT] labels.KEY="VALUE" and [NOT] status.state="STATE"'
        raise ServiceError(400, f"the stand-in cannot filter jobs by {text!r}, only by {supported}")
    value = match["text"] if match["text"] is not None else match["word"]
    negated = bool(match["negated"]) != (match["operator"] == "!=")
    if match["state"]:
        if value not in _STATES:
            raise ServiceError(400, f"Invalid filter: {value!r} is not a state of a job")
        return lambda job: (job["status"]["state"] == value) != negated
    key = match["quoted"] or match["key"]
    return lambda job: (job.get("labels", {}).get(key) == value) != negated
