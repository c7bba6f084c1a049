"""Crafted inputs for each reader: what takes it the most time or memory for each byte."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from common.schemas.runs import MAX_SAMPLESHEET_BYTES
from tools.worst_inputs.readers import BODY, CONFIG, LOG, NOTICE, SUBMIT, TRACE_FILE, USER, Reader

_PIPELINE: Final = "nf-core/scrnaseq"
_HEAD: Final = "Nov-23 12:00:00.000 [main] {} nextflow.Session - "
_TRACE_HEAD: Final = "task_id\thash\tnative_id\tname\tstatus\texit\n"


class WorstInput(NamedTuple):
    """An input for a reader: `make` returns one of about the given number of bytes."""

    reader: Reader
    name: str
    make: Callable[[int], bytes]


def worst_inputs() -> Iterator[WorstInput]:
    """All of them."""
    for name, (before, unit, after) in _JSON.items():
        for reader in (BODY, USER, NOTICE):
            yield WorstInput(reader, name, partial(_between, before, unit, after))
    for name, (header, unit) in _SHEETS.items():
        yield WorstInput(BODY, f"sheet: {name}", partial(_sheet, header, unit))
    for name, unit in _PARAMS.items():
        yield WorstInput(BODY, f"params: {name}", partial(_params, unit))
    for name, unit in _SUBMITTED.items():
        yield WorstInput(SUBMIT, name, partial(_submitted, unit))
    for unit in _CONFIGS:
        yield WorstInput(CONFIG, repr(unit)[1:-1][:30], partial(_repeated, unit))
    for name, (level, before, unit) in _RECORDS.items():
        yield WorstInput(LOG, f"one record: {name}", partial(_record, level, before, unit))
        yield WorstInput(LOG, f"records of 16 KiB: {name}", partial(_records, level, before, unit))
    for name, unit in _LINES.items():
        yield WorstInput(LOG, f"lines: {name}", partial(_repeated, unit))
    for name, (header, unit) in _TRACES.items():
        yield WorstInput(TRACE_FILE, name, partial(_after, header, unit))


_LIST, _TEXT, _NAMES = '{"params": [', '{"samplesheet_csv": "', '{"params": {"x": 1,'
_JSON: Final = {
    "{} in a list": (_LIST, "{},", "{}]}"),
    "nested lists": (_LIST, "[", "]}"),
    "quotes": (_LIST, '"', '"]}'),
    "numbers": (_LIST, "1.5,", "1]}"),
    "short texts": (_LIST, '"aa",', "1]}"),
    "one text": (_TEXT, "x", '"}'),
    "one text of escapes": (_TEXT, "\\u00e9", '"}'),
    "one text of emoji": (_TEXT, "😀", '"}'),
    "one text with one emoji": (_TEXT + "😀", "x", '"}'),
    "unknown names": (_NAMES, '"unknown%d": 1,', '"y": 1}}'),
    "unknown fields": ("{", '"unknown%d": 1,', '"y": 1}'),
}
_SHEETS: Final = {
    "tiny paths": ("sample,fastq_1,fastq_2" + ",x" * 400, "a/," * 402 + "a/\n"),
    "short rows": ("sample,fastq_1,fastq_2", "s%d,/%d.fq.gz,/%db.fq.gz\n"),
    "faulty rows": ("sample,fastq_1,fastq_2", "%d (,+1,=\n"),
    "blank lines": ("sample,fastq_1,fastq_2", "\n"),
    "commas": ("sample,fastq_1,fastq_2", ","),
    "quotes": ("sample,fastq_1,fastq_2", '"'),
    "long cells": ("sample,fastq_1,fastq_2", "a," + "+" + "1" * 1990 + "x," + "x.fq.gz" * 280 + "\n"),
    "unknown columns": ("sample,fastq_1,fastq_2", ",fastq_%d_sample_fastq_of_the_run_to_be_matched_with_others"),
}
_PARAMS: Final = {
    "unknown": '"%d_skip_emptydrops_and_protocol_aligner_fasta": 1,',
    "long": '"k%d": "' + "1d" * 900 + '",',
}
_SUBMITTED: Final = {
    "a folder for each file": "s%d,gs://lab/%d/a.fq.gz,gs://lab/b%d/b.fq.gz\n",
    "one folder": "s%d,gs://lab/%d.fq.gz,gs://lab/b%d.fq.gz\n",
    "folders of other runs": "s%d,gs://runs/runs/run-%08x/a.fq.gz,gs://runs/runs/run-%08x/b.fq.gz\n",
    "files of other sites": "s%d,s3://a/%d.fq.gz,s3://a/b%d.fq.gz\n",
}
_CONFIGS: Final = (
    "{", "a{", "[", "(", "a = ", "a{b=1\n", "x=a ", "'''", "'", "a{a b c d e f g h i\n", "process.", "process = ",
    '"${a = ', '"${', "= /", "$/", "a[", "process.executor = 1\n", "a<<", "process.memory = 1" + " " * 4000 + "!\n",
)  # fmt: skip
_RECORDS: Final = {
    "task completed": (
        "DEBUG",
        "Task completed > TaskHandler[id: 1; name: ",
        "; status: A; exit: -; error: ; workDir: ",
    ),
    "unexpected condition": ("DEBUG", "Handling unexpected condition for\n  task: name=", "; work-dir=\n  error [a]: "),
    "Batch job": ("DEBUG", "[GOOGLE BATCH] Process `", "` submitted > job="),
    "note": ("INFO", "[ab/cdef01] NOTE: ", " -- Error is ignored "),
    "work directory": ("DEBUG", "Work-dir: ", " [a"),
    "launch": ("DEBUG", "Launching `", "` ["),
    "counters": ("DEBUG", "Workflow completed > WorkflowStats[", "a"),
    "report": ("ERROR", "Error executing process > 'x'\n\nCaused by:\n", "  - - file file does not have .....\n"),
    "exceptions": ("ERROR", "@unknown", "\na.b.c.d.e.f.g.h.i.j"),
    "colours": ("INFO", "", "\x1b[0;"),
}
_LINES: Final = {
    "short records": "Nov-23 12:00:00.000 [a] INFO  a - \n",
    "submitted tasks": _HEAD.format("INFO ") + "[ab/%06x] Submitted process > a\n",
    "tasks with the same digits": _HEAD.format("INFO ") + "[ab/cdef01] Submitted process > t%d\n",
    "executors": _HEAD.format("DEBUG") + "[warm up] executor > e%d\n",
    "errors": _HEAD.format("ERROR") + "x%d\n",
    "half heads": "a-11 11:11:11.111 [" + "] INFO x" * 25 + "\n",
    "empty lines": "\n",
}
_TRACES: Final = {
    "rows": (_TRACE_HEAD, "1\tab/%06x\t-\ta\tCOMPLETED\t0\n"),
    "rows with the same digits": (_TRACE_HEAD, "%d\tab/cdef01\t-\tt%d\tCOMPLETED\t0\n"),
    "empty rows": (_TRACE_HEAD, "\n"),
    "short rows": (_TRACE_HEAD, "a\n"),
    "separators": (_TRACE_HEAD, "\t" * 60 + "\n"),
    "a header of many columns": ("", "task_id\t"),
    "rows of many columns": ("\t".join(f"c{n}" for n in range(199)) + "\ttask_id\n", "1\t" * 263 + "1\n"),
    "long numbers": (_TRACE_HEAD, "1" * 4000 + "\tab/cdef01\t-\ta\tCOMPLETED\t0\n"),
}


def _repeated(unit: str, size: int) -> bytes:
    """`unit` again and again; a % in it becomes the number of the repetition."""
    if "%" not in unit:
        encoded = unit.encode()
        return encoded * (size // len(encoded))
    count = size // (len(unit) + 4)
    return "".join(unit % ((number,) * unit.count("%")) for number in range(count)).encode()[:size]


def _between(before: str, unit: str, after: str, size: int) -> bytes:
    head, tail = before.encode(), after.encode()
    return head + _repeated(unit, size - len(head) - len(tail)) + tail


def _after(before: str, unit: str, size: int) -> bytes:
    return before.encode() + _repeated(unit, size)


def _record(level: str, before: str, unit: str, size: int) -> bytes:
    return _after(_HEAD.format(level) + before, unit, size) + b"\n"


def _records(level: str, before: str, unit: str, size: int) -> bytes:
    one = _record(level, before, unit, 16 << 10)
    return one * max(1, size // len(one))


def _sheet(header: str, unit: str, size: int) -> bytes:
    room = min(size, MAX_SAMPLESHEET_BYTES) - len(header) - 1
    separator = "" if unit.startswith(",") else "\n"
    sheet = (header + separator).encode() + _repeated(unit, room)
    return json.dumps({"samplesheet_csv": sheet.decode()}).encode()


def _submitted(unit: str, size: int) -> bytes:
    head = "sample,fastq_1,fastq_2\n"
    rows = _repeated(unit, size - len(head)).decode().rpartition("\n")[0]
    params = {"genome": "GRCh38", "protocol": "10XV3"}
    return json.dumps({"pipeline": _PIPELINE, "params": params, "samplesheet_csv": f"{head}{rows}\n"}).encode()


def _params(unit: str, size: int) -> bytes:
    given = _repeated(unit, size).rpartition(b",")[0]
    return b'{"params": {' + given + b"}}"
