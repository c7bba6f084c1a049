"""Lists jobs as Batch does: newest first, in pages, filtered by labels."""

import re
import time
from collections.abc import Mapping

from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.http.proto_json import read_timestamp

_NOT_SLOW = Slowness()
_MAX_PAGE_SIZE, _DEFAULT_PAGE_SIZE = 1000, 100
# labels.sluice-run="run-1a2b3c4d", labels."sluice-run" = run-1a2b3c4d
_TERM = re.compile(r'labels\.(?:"(?P<quoted>[^"]+)"|(?P<key>[\w-]+))\s*=\s*(?:"(?P<text>[^"]*)"|(?P<word>[\w-]+))')


def list_jobs(store: JobStore, parent: str, query: Mapping[str, str], *, slowness: Slowness = _NOT_SLOW) -> Json:
    """One page; its token is the sequence number of its last job. Raises ServiceError 400."""
    now = time.time()
    labels = labels_of_filter(query.get("filter", ""))
    size = min(int(query.get("pageSize") or 0) or _DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE)
    before = int(query.get("pageToken") or 0) or float("inf")
    matching = [
        (seq, job)
        for seq, job in store.jobs_below(parent)
        if seq < before and labels.items() <= job.get("labels", {}).items() and _is_shown(job, slowness, now)
    ]
    page: Json = {"jobs": [job for _, job in matching[:size]]}
    if len(matching) > size:
        page["nextPageToken"] = str(matching[size - 1][0])
    return page


def _is_shown(job: Json, slowness: Slowness, now: float) -> bool:
    delay = slowness.of_listing(job["name"])
    return not delay or now >= read_timestamp(job["createTime"]) / 1e9 + delay


def labels_of_filter(text: str) -> dict[str, str]:
    """The labels of a filter `labels.KEY="VALUE" AND …`. Raises ServiceError 400 for any other filter."""
    labels = {}
    for term in re.split(r"\s+AND\s+", text.strip()) if text.strip() else []:
        match = _TERM.fullmatch(term.strip())
        if not match:
            raise ServiceError(400, f'the stand-in cannot filter jobs by {term!r}, only by labels.KEY="VALUE"')
        labels[match["quoted"] or match["key"]] = match["text"] if match["text"] is not None else match["word"]
    return labels
