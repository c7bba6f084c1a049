"""Whether a request names files of runs that are not the caller's."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from common.domain.pipelines.request_texts import FieldLocation
from common.domain.runs.access import Caller, may_access
from common.domain.runs.bucket_references import bucket_references
from common.domain.runs.files import Buckets
from common.errors import Fault
from common.services.runs.store import RunStoreService

_MOST_TOLD: Final = 20
_TOLD: Final = (
    "is in none of your runs' folders; in Sluice's own buckets a run may read gs://BUCKET/runs/RUN_ID/… of its owner's"
    " runs only. Ask the other run's owner for a copy"
)


def faults_in_foreign_files(
    runs: RunStoreService, buckets: Buckets, caller: Caller, texts: Iterable[tuple[FieldLocation, str]]
) -> list[Fault]:
    """A fault for each address in Sluice's own buckets that is not of a run of the caller's, 20 at most.

    That a run does not exist reads the same, so that nobody learns which do.
    """
    named = list(bucket_references(buckets, texts))
    owners = runs.owners_of({address.run_id for address in named if address.run_id})
    foreign = (
        address.place
        for address in named
        if address.run_id is None or not may_access(caller, owner=owners.get(address.run_id, ""))
    )
    return [
        Fault(field=place.field, row=place.row, column=place.column, message=_TOLD)
        for place in islice(dict.fromkeys(foreign), _MOST_TOLD)
    ]
