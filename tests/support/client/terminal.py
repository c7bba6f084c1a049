"""Runs the command line in this process, as a pipe or a terminal sees it."""

import io
import os
import re
import threading
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Final

from sluice.cli import main

_COLUMNS: Final = "200"  # wide enough that nothing wraps
_NORMAL: Final = (
    (r"\x1b\[[0-9;?]*[A-Za-z]", ""),
    (r"\r\n?", "\n"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d\d:\d\d|Z)", "TIME"),
    (r"run-[0-9a-f]{8}", "RUN"),
    (r"request id: [0-9a-f]{32}", "request id: REQUEST"),
    (r"\b[0-9a-f]{2}[-/][0-9a-f]{6,30}\b", "TASK"),
    (r"http://127\.0\.0\.1:\d+", "http://HOST"),
    (r"\b(\d+h )?\d+m(?: \d\ds)?\b|\b\d+(\.\d)?s\b", "TOOK"),
    (r"\b\d+(\.\d)? ([kMGT]?B)\b", "SIZE"),
    (r"< \$0\.0001|\$\d+\.\d+", "MONEY"),
    (r"list prices of \d{4}-\d\d-\d\d", "list prices of DATE"),
    (r"\blog \d+\b", "log ENTRY"),
    (r"\nTip: .*", "\nTip: …"),  # Nextflow draws one by lot
    (r"(?<=\S) {2,}", "  "),
    (r" +\n", "\n"),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command wrote, and its exit code; a terminal has both streams in one."""

    code: int
    out: str
    err: str = ""


def in_a_pipe(arguments: Sequence[str]) -> Ran:
    """The command with stdout and stderr as two pipes."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def in_a_terminal(arguments: Sequence[str]) -> Ran:
    """The command with stdout and stderr as one pseudo-terminal, as `script` makes it."""
    master, slave = os.openpty()
    pieces: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(master, pieces))
    reader.start()
    before = {name: os.environ.get(name) for name in ("TERM", "COLUMNS", "LINES")}
    os.environ |= {"TERM": "xterm-256color", "COLUMNS": _COLUMNS, "LINES": "50"}
    try:
        terminal = os.fdopen(slave, "w", encoding="utf-8", buffering=1)
        with terminal, redirect_stdout(terminal), redirect_stderr(terminal):
            code = main(arguments)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        reader.join()
        os.close(master)
    return Ran(code, b"".join(pieces).decode())


def _read_all(master: int, pieces: list[bytes]) -> None:
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            return
        if not piece:
            return
        pieces.append(piece)


def normalised(text: str, **names: str) -> str:
    """The text without what differs from run to run, and without colours; `names` are replaced by their keys."""
    for key, value in names.items():
        text = text.replace(value, key)
    for pattern, replacement in _NORMAL:
        text = re.sub(pattern, replacement, text)
    return text
