"""Finds addresses in Sluice's own buckets in the texts of a request, and the run that each address belongs to.

The service account of the pipelines can read every run's files, so a submit has to check who owns the files it names.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from common.domain.batch.launch_plan import MOUNT_ROOT
from common.domain.pipelines.request_texts import FieldLocation, LocatedText
from common.domain.runs.files import Buckets

_IN_A_RUN = re.compile(r"/runs/(run-[0-9a-f]{8})(?=[/\s\"',;)\]}]|\Z)")


class BucketReference(NamedTuple):
    """An address and its place in the request; `run_id` is None if the address is not inside one run's folder."""

    location: FieldLocation
    run_id: str | None


def bucket_references(buckets: Buckets, texts: Iterable[LocatedText]) -> Iterator[BucketReference]:
    """Every address in one of the three buckets, in the order of the texts."""
    pattern = _pattern(buckets)
    for location, text in texts:
        for rest in pattern.split(text)[1:]:
            yield BucketReference(location, _run_of(rest))


def _pattern(buckets: Buckets) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in (buckets.runs, buckets.logs, buckets.work))
    return re.compile(rf"(?:gs://|{MOUNT_ROOT}/)(?:{names})(?![\w.-])", re.IGNORECASE)


def _run_of(rest: str) -> str | None:
    """The run whose folder contains an address; `rest` is the text after the bucket's name.

    Names of objects may contain blanks and quotes, so the end of the address is unknown.
    """
    found = _IN_A_RUN.match(rest)
    return found[1] if found and "/.." not in rest else None
