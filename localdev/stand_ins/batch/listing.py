"""Lists jobs as Batch does: newest first, in pages, filtered by labels."""

import re
from collections.abc import Mapping

from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.http.messages import Json, ServiceError

_LARGEST_PAGE, _USUAL_PAGE = 1000, 100
# labels.sluice-run="run-1a2b3c4d", labels."sluice-run" = run-1a2b3c4d
_TERM = re.compile(r'labels\.(?:"(?P<quoted>[^"]+)"|(?P<key>[\w-]+))\s*=\s*(?:"(?P<text>[^"]*)"|(?P<word>[\w-]+))')


def list_jobs(store: JobStore, parent: str, query: Mapping[str, str]) -> Json:
    """One page; a page token is the sequence number of the last job told."""
    wanted = labels_asked_for(query.get("filter", ""))
    size = min(int(query.get("pageSize") or 0) or _USUAL_PAGE, _LARGEST_PAGE)
    before = int(query.get("pageToken") or 0) or float("inf")
    matching = [
        (seq, job)
        for seq, job in store.jobs_below(parent)
        if seq < before and wanted.items() <= job.get("labels", {}).items()
    ]
    page: Json = {"jobs": [job for _, job in matching[:size]]}
    if len(matching) > size:
        page["nextPageToken"] = str(matching[size - 1][0])
    return page


def labels_asked_for(text: str) -> dict[str, str]:
    """The labels that a filter of terms joined by AND names. ServiceError 400 for any other filter."""
    labels = {}
    for term in re.split(r"\s+AND\s+", text.strip()) if text.strip() else []:
        match = _TERM.fullmatch(term.strip())
        if not match:
            raise ServiceError(400, f'the stand-in cannot filter jobs by {term!r}, only by labels.KEY="VALUE"')
        labels[match["quoted"] or match["key"]] = match["text"] if match["text"] is not None else match["word"]
    return labels
