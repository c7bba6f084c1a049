"""A samplesheet for nf-core pipelines with the libraries of an NGS run: one row per lane with both reads."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from common.domain.sequencing.ngs_run import Library

HEADER: Final = ("sample", "fastq_1", "fastq_2")

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST: Final = 100  # characters: pipelines use it in file names


def sheet_names(libraries: Iterable[Library]) -> list[str]:
    """The sample name of each library: its own name in characters that are safe in file names, made unique.

    Pipelines merge rows with the same sample name, so two libraries must never share one.
    """
    names: list[str] = []
    taken = set[str]()
    numbers: dict[str, int] = {}
    for library in libraries:
        plain = base = _safe(library.name)
        while plain.lower() in taken:
            numbers[base.lower()] = numbers.get(base.lower(), 1) + 1
            plain = f"{base}_{numbers[base.lower()]}"
        taken.add(plain.lower())
        names.append(plain)
    return names


def sheet_of(libraries: Sequence[Library]) -> str:
    """The sheet as CSV; only a header when no library has a pair of reads."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for library, name in zip(libraries, sheet_names(libraries), strict=True):
        writer.writerows((name, lane.fastq_1, lane.fastq_2) for lane in library.reads.lanes)
    return text.getvalue()


def _safe(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    without_accents = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _UNSAFE.sub("_", without_accents).strip("._-")[:_LONGEST].rstrip("._-") or "library"
