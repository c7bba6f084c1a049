"""Each public address is answered by its function."""

import re
from typing import Final

import requests

from tools.verify.facts.answerer import Answerer, answerer_of
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome

_PART: Final = re.compile(r"{(\w+)}")
# Values of the parts of addresses that exist in every deployment; others get the name of a run that does not.
_KNOWN: Final = {"owner": "nf-core", "name": "scrnaseq", "asset": "swagger-ui.css", "task_id": "1"}
_NO_RUN: Final = "run-00000000"
_OWN: Final = (200, 400, 422)


def each_answers(subject: Subject) -> Outcome:
    """One read of each address of the published description: its own answer, or the 404 of our functions."""
    document = subject.get("/openapi.json")
    if document.status_code != requests.codes.ok:
        return _failed("/openapi.json", document)
    paths = [path for path, methods in document.json()["paths"].items() if "get" in methods]
    for path in sorted(paths):
        if path.startswith("/api/benchling"):
            continue  # whether the warehouse answers is a fact of its own
        answer = subject.get(_PART.sub(lambda part: _KNOWN.get(part[1], _NO_RUN), path))
        is_missing = answer.status_code == requests.codes.not_found and answerer_of(answer) == Answerer.SLUICE
        if answer.status_code not in _OWN and not (is_missing and _PART.search(path)):  # a made-up part is missing
            return _failed(path, answer)
    return Held(f"{len(paths)} addresses")


def _failed(path: str, answer: requests.Response) -> Failed:
    seen = f"GET {path} answered {answer.status_code}: {answer.text[:200]}"
    if answer.status_code == requests.codes.not_found:
        return Failed(seen, "the gateway does not know the address", "make openapi, commit, make deploy")
    return Failed(
        seen,
        "its function does not start, or may not do something",
        "read the log of the function that answers it: gcloud run services logs read sluice-NAME",
    )
