"""The shape of a run's files: the kinds of records in its log, their order, and the empty cells of its trace.

real.json holds the shapes of runs of a real Nextflow 25.10.4. To make it again from a folder of real runs
(NAME.nextflow.log and NAME.trace.txt): python -m tests.unit.localdev.nextflow_simulator.shapes.shape FOLDER
"""

import itertools
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from common.domain.nextflow.log.records import LogReader, LogRecord

SHAPES = Path(__file__).parent / "real.json"
# The real runs of each scenario.
_RUNS: Mapping[str, Sequence[str]] = {
    "success": ("run-4321424b", "run-97e4433a"),
    "failure": ("run-6005df34", "run-7d23d0ef"),
    "missing_output": ("run-8de9d601",),
    "out_of_memory": ("run-3254fc52", "run-fada8095"),
    "cancel": ("run-ebd2bf3e",),
    "recovery": ("run-16c2fe93", "run-24caeec6"),
    "refused": ("run-392e90d1",),
}
# Not in the real runs: their plugins were on the class path, they had no defaults.config, and none took five minutes.
ONLY_SIMULATED = (
    "Plugins default=", "Plugins resolved requirement=", "Plugin '…'", "Start plugin", "Plugin started", "Stop plugin",
    "Plugin stopped", "Found config home", "!! executor",
)  # fmt: skip
# Not simulated: the class path of the real runs; what a process does that is about to start when the session ends.
ONLY_REAL = ("lab: ", "Plugins resolved requirement=", "java.lang.IllegalStateException", "Copying foreign file")
_VARIABLE: Sequence[tuple[str, str]] = (
    (r"^\$> .*", "$> nextflow"),
    (r"core-plugins: .*|GoogleOpts\(.*|(?<=Cause: )(?!SIG).*|(?<=not find)\b.*", "…"),
    (r"\[(?:[0-9a-f]{2}/[0-9a-f]{6})\]", "[hash]"),
    (r"(?<=providers=)\[.*?\]|(?<=profiles: )\[.*?\]|(?<=providers: )\[.*?\]|(?<== )\[.*?\]", "[…]"),
    (r"(?<=` )\[.*?\]|(?<=result: )\[.*?\]", "[…]"),
    (r"`[^`]*`|'[^']*'", "'…'"),
    (r"\bNFCORE_[\w:]+(?: \([^)]*\))?", "PROCESS"),
    (r"gs://[^\s;\]]+|(?<![\w.])/[^\s;]+|https://\S+", "PATH"),
    (r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|@[0-9a-f]+|\bnf-[0-9a-f]{8}-[\w-]+|\b[0-9a-f]{10}\b", "ID"),
    (r"\brun-[\w-]+|(?<=> )nf-core/\S+", "NAME"),
    (r"\d+(?:\.\d+)*", "N"),
)
LATER_COLUMNS = {"read_bytes", "write_bytes", "disk", "time", "container"}  # not asked for in the real runs
_HEADING = re.compile(r"^(?:Caused by|Command [a-z ]+|Work dir|Container|Tip):", re.MULTILINE)
_TIMES = ("submit", "start")


@dataclass(frozen=True, slots=True)
class Line:
    """A record: its thread, and its kind (thread without number, level, logger, message without what varies)."""

    thread: str
    kind: str


def lines_of(log: bytes) -> list[Line]:
    reader = LogReader(datetime.now(UTC))
    return [Line(str(one.thread), _kind_of(one)) for one in [*reader.feed(log), *reader.finish()]]


def follows(lines: Iterable[Line]) -> set[tuple[str, str]]:
    """The pairs of kinds of which the second comes next in the same thread, without kinds that are not compared."""
    threads: dict[str, list[str]] = {}
    for line in lines:
        if not any(text in line.kind for text in (*ONLY_SIMULATED, *ONLY_REAL)):
            threads.setdefault(line.thread, []).append(line.kind)
    return {pair for kinds in threads.values() for pair in itertools.pairwise(kinds)}


def orders(lines: Sequence[Line]) -> set[tuple[str, str]]:
    """At the end: the pairs of kinds of which every first one comes before every second one.

    Only of the main thread and of the thread that ends the session, whose order is not left to chance.
    """
    starts = [n for n, line in enumerate(lines) if "Session aborted" in line.kind or "Execution cancelled" in line.kind]
    if not starts:
        return set()
    ending = lines[starts[0]].thread
    first, last = dict[str, int](), dict[str, int]()
    for number, line in enumerate(lines[starts[0] :]):
        if line.thread in {"main", ending}:
            first.setdefault(line.kind, number)
            last[line.kind] = number
    return {(one, other) for one, other in itertools.permutations(first, 2) if last[one] < first[other]}


def cells_of(trace: bytes) -> tuple[list[str], set[str]]:
    """The columns, and of each kind of row: status, exit, error action, and the columns that are empty or 0.

    Without the columns of LATER_COLUMNS.
    """
    header, *rows = [line.split("\t") for line in trace.decode().splitlines()]
    columns = [name for name in header if name not in LATER_COLUMNS]
    return columns, {_row_shape(dict(zip(header, row, strict=True)), columns) for row in rows}


def _row_shape(row: Mapping[str, str], columns: Iterable[str]) -> str:
    code = row["exit"] if row["exit"] in {"0", "-"} else "N"
    empty = [name for name in columns if row[name] == "-" and name not in {"tag", "exit", "error_action"}]
    zero = [f"{name}=0" for name in _TIMES if row[name] == "0"]
    return f"{row['status']} exit {code} {row['error_action']}: {' '.join(zero + empty) or 'nothing'} empty"


def _kind_of(record: LogRecord) -> str:
    message = record.message.partition("\n")[0]
    if message.startswith("Handling unexpected condition"):
        message = re.sub(r"work-dir=(?!null)\S+", "work-dir=PATH", re.sub(r"\s+", " ", record.message))
        message = re.sub(r"name=.*; work", "name=PROCESS; work", message).partition("]:")[0]
    if message.startswith("Error executing process"):
        message = " ".join([message, *_HEADING.findall(record.message)])
    if "WorkflowStats[" in message:
        message = re.sub(r"=[^;]*", "=", message)
    for pattern, text in _VARIABLE:
        message = re.sub(pattern, text, message)
    thread = re.sub(r"\d+", "N", str(record.thread))
    return f"[{thread}] {record.level} {record.logger} - {message}"


def real_shapes(folder: Path) -> dict[str, object]:
    """The shapes of the real runs in `folder`; kinds are numbered, and pairs are those of their numbers."""
    logs = {
        scenario: [lines_of((folder / f"{name}.nextflow.log").read_bytes()) for name in names]
        for scenario, names in _RUNS.items()
    }
    kinds = sorted({line.kind for runs in logs.values() for lines in runs for line in lines})
    number = {kind: index for index, kind in enumerate(kinds)}
    pairs = {pair for runs in logs.values() for lines in runs for pair in follows(lines)}
    scenarios = {}
    for scenario, runs in logs.items():
        traces = [path for name in _RUNS[scenario] if (path := folder / f"{name}.trace.txt").exists()]
        common = set.intersection(*(orders(lines) for lines in runs))
        scenarios[scenario] = {
            "kinds": sorted({number[line.kind] for lines in runs for line in lines}),
            "always": sorted(set.intersection(*({number[line.kind] for line in lines} for lines in runs))),
            "orders": sorted([number[one], number[other]] for one, other in common),
            "columns": cells_of(traces[0].read_bytes())[0] if traces else [],
            "rows": sorted(set().union(*(cells_of(path.read_bytes())[1] for path in traces))),
        }
    numbered = sorted([number[one], number[other]] for one, other in pairs)
    return {"kinds": kinds, "follows": numbered, "scenarios": scenarios}


if __name__ == "__main__":
    text = json.dumps(real_shapes(Path(sys.argv[1])), indent=1, ensure_ascii=False)
    compact = re.sub(r"(?<=[\[\d,])\n\s+(?=[\d\]])", "", text)  # lists of numbers on one line
    SHAPES.write_text(compact + "\n", encoding="utf-8")
