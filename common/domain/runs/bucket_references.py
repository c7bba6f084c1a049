"""Which of the addresses that a request names lie in Sluice's own buckets, and in which run's folder.

The account that pipelines run as may read every run's files, so that whose they are has to be asked here.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from common.domain.batch.launch_plan import MOUNT_ROOT
from common.domain.pipelines.request_texts import FieldLocation
from common.domain.pipelines.sheet.rows import FIELD
from common.domain.runs.files import Buckets

_IN_A_RUN = re.compile(r"/runs/(run-[0-9a-f]{8})(?=[/\s\"',;)\]}]|\Z)")


class BucketReference(NamedTuple):
    """Where the request names it, and whose folder it is in; None when it may be in that of more than one run."""

    place: FieldLocation
    run_id: str | None


def bucket_references(buckets: Buckets, texts: Iterable[tuple[FieldLocation, str]]) -> Iterator[BucketReference]:
    """Every address in one of the three buckets, in the order of the texts."""
    pattern = _pattern(buckets)
    for place, text in texts:
        for rest in pattern.split(text)[1:]:
            yield BucketReference(place, _run_of(rest))


def texts_of_sheet(sheet: str, buckets: Buckets) -> Iterator[tuple[FieldLocation, str]]:
    """Its cells, where there is anything to find in them; row 1 is the header."""
    if not _pattern(buckets).search(sheet):
        return
    rows = csv.reader(io.StringIO(sheet.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    header = [name.strip() for name in next(rows, [])]
    for number, row in enumerate(rows, start=2):
        for name, cell in zip(header, row, strict=False):
            yield FieldLocation(FIELD, number, name), cell


def texts_of_params(params: Mapping[str, object], *, field: str) -> Iterator[tuple[FieldLocation, str]]:
    """The values that are text."""
    for name, value in params.items():
        if isinstance(value, str):
            yield FieldLocation(f"{field}.{name}"), value


def texts_of_config(config: str | None, *, field: str) -> Iterator[tuple[FieldLocation, str]]:
    """Its lines, counted from 1."""
    for number, line in enumerate((config or "").splitlines(), start=1):
        yield FieldLocation(field, number), line


def _pattern(buckets: Buckets) -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in (buckets.runs, buckets.logs, buckets.work))
    return re.compile(rf"(?:gs://|{MOUNT_ROOT}/)(?:{names})(?![\w.-])", re.IGNORECASE)


def _run_of(rest: str) -> str | None:
    """The run in whose folder an address is, by what follows its bucket; objects' names may hold blanks and quotes."""
    found = _IN_A_RUN.match(rest)
    return found[1] if found and "/.." not in rest else None
