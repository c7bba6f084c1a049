"""Checks that a request names no files of runs that the caller may not read."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from common.domain.pipelines.request_texts import LocatedText
from common.domain.runs.access import Caller, may_access
from common.domain.runs.bucket_references import bucket_references
from common.domain.runs.files import Buckets
from common.errors import Fault
from common.services.runs.store import RunStoreService

_MOST_LISTED: Final = 20
_MESSAGE: Final = (
    "is not in a folder of your runs; in Sluice's own buckets a run can only read gs://BUCKET/runs/RUN_ID/... of its"
    " owner's runs. Ask the owner of the other run for a copy"
)


def faults_in_foreign_files(
    runs: RunStoreService, buckets: Buckets, caller: Caller, texts: Iterable[LocatedText]
) -> list[Fault]:
    """A fault for each address in Sluice's own buckets outside the folders of the caller's runs; at most 20.

    The message is the same for a run that does not exist, so that it does not reveal which run ids are in use.
    """
    references = list(bucket_references(buckets, texts))
    owners = runs.owners_of({reference.run_id for reference in references if reference.run_id})
    foreign = (
        reference.location
        for reference in references
        if reference.run_id is None or not may_access(caller, owner=owners.get(reference.run_id, ""))
    )
    return [location.fault(_MESSAGE) for location in islice(dict.fromkeys(foreign), _MOST_LISTED)]
