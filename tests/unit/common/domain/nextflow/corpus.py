"""Real logs and traces from the folder SLUICE_CORPUS, which holds INDEX.tsv, logs and traces."""

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = os.environ.get("SLUICE_CORPUS")

needs_corpus = pytest.mark.skipif(not FOLDER, reason="SLUICE_CORPUS names no folder of real logs and traces")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusFile:
    """One file and its entry in the index."""

    path: Path
    version: str
    executors: str
    outcome: str
    notes: str

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.path.read_bytes()


def logs() -> list[CorpusFile]:
    """Every log in the index, with transcribed ones and those of other programs."""
    return [file for file in _indexed() if ".log" in file.path.name]


def traces() -> list[CorpusFile]:
    """Every trace in the index."""
    return [file for file in _indexed() if ".trace." in file.path.name]


def name_of(file: CorpusFile) -> str:
    """The test id of this file."""
    return file.path.name


def _indexed() -> list[CorpusFile]:
    if not FOLDER:
        return []
    with (Path(FOLDER) / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        return [_corpus_file(row) for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _corpus_file(row: Mapping[str, str]) -> CorpusFile:
    return CorpusFile(
        path=Path(FOLDER or "") / row["file"],
        version=row["nextflow_version"],
        executors=row["executor"],
        outcome=row["outcome"],
        notes=row["notes"],
    )
