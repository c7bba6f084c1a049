"""Reads trace.txt in pieces while it grows; it has one line for each task attempt that ended or was reused.

The first line names the columns, in any order and number, and shows the separator (a tab, or the value of `trace.sep`).
Nothing is quoted or escaped. Values are readable or raw (`trace.raw`); each value shows which.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from common.domain.nextflow.trace.layout import TraceLayout, UnreadableRow
from common.domain.nextflow.trace.row import TraceRow, row_of

LINE_LIMIT = 1024 * 1024  # bytes; a longer line is not a row
TORN_LIMIT = 8  # lines over which one row may be spread

_TOO_SHORT = "fewer fields than the header has columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A line that is not a row, and why. The header has line number 1. An over-long line is cut off."""

    line: str
    line_number: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceReaderState:
    """What is needed to continue reading.

    `offset` bytes with `lines` whole lines have been read. `pending` are the bytes of the unfinished last line, up to
    LINE_LIMIT. `torn` are the last lines if they are too short for a row: a newline in a value may have spread a row
    over several lines.
    """

    offset: int = 0
    lines: int = 0
    header: str | None = None
    pending: bytes = b""
    torn: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """This state as JSON values."""
        return {
            "offset": self.offset,
            "lines": self.lines,
            "header": self.header,
            "pending": base64.b64encode(self.pending).decode("ascii"),
            "torn": list(self.torn),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TraceReaderState":
        """The state that `as_json` wrote."""
        return cls(
            offset=value["offset"],
            lines=value["lines"],
            header=value["header"],
            pending=base64.b64decode(value["pending"]),
            torn=tuple(value["torn"]),
        )


class TraceReader:
    """Reads one trace from its start, or from where `state` stopped; `zone` is that of the machine that wrote it."""

    def __init__(self, *, zone: tzinfo = UTC, state: TraceReaderState | None = None) -> None:
        state = state or TraceReaderState()
        self._zone = zone
        self._offset, self._lines = state.offset, state.lines
        self._pending = bytearray(state.pending)
        self._layout = TraceLayout(state.header) if state.header is not None else None
        self._torn = list(state.torn)

    @property
    def state(self) -> TraceReaderState:
        """The state from which another process can continue."""
        return TraceReaderState(
            offset=self._offset,
            lines=self._lines,
            header=self._layout.header if self._layout else None,
            pending=bytes(self._pending),
            torn=tuple(self._torn),
        )

    def feed(self, data: bytes) -> list[TraceRow | SkippedRow]:
        """The rows and skipped lines in the lines that `data`, the next bytes, completes."""
        self._offset += len(data)
        *ended, rest = data.split(b"\n")
        found: list[TraceRow | SkippedRow] = []
        for piece in ended:
            self._pending += piece
            line = self._pending[: LINE_LIMIT + 1]
            self._pending.clear()
            found += self._read_line(line)
        self._pending += rest
        del self._pending[LINE_LIMIT + 1 :]
        return found

    def finish(self) -> list[TraceRow | SkippedRow]:
        """The rest at the end of the file: a line without a newline, and lines with too few fields.

        Nextflow ends each row with a newline, so a row without one was cut off, and its last cell is unknown.
        """
        found = self._read_line(self._without_cut_cell(self._pending)) if self._pending else []
        self._pending.clear()
        while self._torn:
            found += self._skip_first(_TOO_SHORT)
        return found

    def _read_line(self, raw: bytearray) -> list[TraceRow | SkippedRow]:
        self._lines += 1
        text = raw.decode("utf-8", "replace").removesuffix("\r").replace("\0", "\ufffd")
        if self._layout is None:
            self._layout = TraceLayout(text[:LINE_LIMIT])
            return []
        found: list[TraceRow | SkippedRow] = []
        if len(raw) > LINE_LIMIT:
            text = text[:1000]
            reason = f"longer than {LINE_LIMIT} bytes"
            while self._torn:
                found += self._skip_first(_TOO_SHORT)
            return [*found, SkippedRow(line=text, line_number=self._lines, reason=reason)]
        if text or self._torn:
            self._torn.append(text)
        while self._torn and not self._may_go_on(self._layout):
            found += self._read_torn(self._layout)
        return found

    def _without_cut_cell(self, raw: bytearray) -> bytearray:
        """The last line without its last cell if it completes a row; else as it is."""
        text = raw.decode("utf-8", "replace")
        if self._layout is None or len(raw) > LINE_LIMIT:
            return raw
        if self._layout.missing_fields("\n".join([*self._torn, text])) > 0:
            return raw
        return bytearray(self._layout.without_last_cell(text).encode())

    def _may_go_on(self, layout: TraceLayout) -> bool:
        """Whether the pending lines are too short for a row, and the next line may complete one."""
        if len(self._torn) >= TORN_LIMIT or sum(map(len, self._torn)) > LINE_LIMIT:
            return False
        return layout.missing_fields(self._torn[-1]) > 0 and layout.missing_fields("\n".join(self._torn)) > 0

    def _read_torn(self, layout: TraceLayout) -> list[TraceRow | SkippedRow]:
        """The row in the pending lines; if they are not a row, the first of them is skipped.

        Lines are joined only if each is too short, together they have the number of fields of a row, and every cell
        can be read.
        """
        spread = len(self._torn) > 1
        text = "\n".join(self._torn)
        if spread and (layout.missing_fields(self._torn[-1]) <= 0 or layout.missing_fields(text) != 0):
            return self._skip_first(_TOO_SHORT)
        try:
            row = row_of(layout.cells_of(text), self._zone)
        except UnreadableRow as error:
            return self._skip_first(_TOO_SHORT if spread else str(error))
        if spread and row.unread:
            return self._skip_first(_TOO_SHORT)
        self._torn.clear()
        return [row]

    def _skip_first(self, reason: str) -> list[TraceRow | SkippedRow]:
        number = self._lines - len(self._torn) + 1
        line = self._torn.pop(0)
        return [SkippedRow(line=line, line_number=number, reason=reason)] if line else []
