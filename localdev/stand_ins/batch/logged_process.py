"""One process in its own session; its output is passed on line by line."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from io import RawIOBase
from pathlib import Path
from typing import cast

GRACE_S = 8.0
_POLL_S, _MAX_DRAIN_S = 0.2, 1.0

# takes the severity that Batch gives to the stream, and one line without its line end
OnLine = Callable[[str, str], None]


class LoggedProcess:
    """A running runnable. As in a container, SIGTERM goes to the first process only; its children die with it."""

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, on_line: OnLine
    ) -> None:
        """Start the process. Raises OSError when the program does not exist."""
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._on_line = on_line
        self._kill_at = float("inf")
        self._streams = {
            cast("RawIOBase", self._process.stdout): "INFO",
            cast("RawIOBase", self._process.stderr): "ERROR",
        }
        self._unfinished = dict.fromkeys(self._streams, b"")

    def terminate(self) -> None:
        """Send SIGTERM, and SIGKILL if the process still runs GRACE_S later."""
        self._kill_at = min(self._kill_at, time.monotonic() + GRACE_S)
        _send(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process and its children."""
        _send(-self._process.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Pass on the output until the process ends; its exit code, or 128 + n when signal n killed it."""
        with selectors.DefaultSelector() as open_streams:
            for stream in self._streams:
                open_streams.register(stream, selectors.EVENT_READ)
            while self._process.poll() is None:
                self._read(open_streams, _POLL_S)
                if time.monotonic() > self._kill_at:
                    self.kill()
            self.kill()  # children that are left would keep the streams open
            drained_by = time.monotonic() + _MAX_DRAIN_S
            while open_streams.get_map() and (self._read(open_streams, _POLL_S) or time.monotonic() < drained_by):
                pass  # what is there is read also after a pause of the machine
        self._close()
        code = self._process.returncode
        return 128 - code if code < 0 else code

    def _read(self, open_streams: selectors.BaseSelector, seconds: float) -> bool:
        """Pass on what has come within some seconds; False when nothing has."""
        if not open_streams.get_map():
            time.sleep(min(seconds, 0.02))  # it closed its streams before it ended
        ready = open_streams.select(seconds)
        for key, _ in ready:
            stream = cast("RawIOBase", key.fileobj)
            data = os.read(key.fd, 1 << 16)
            *lines, self._unfinished[stream] = (self._unfinished[stream] + data).split(b"\n")
            self._pass_on(stream, lines)
            if not data:
                open_streams.unregister(stream)
        return bool(ready)

    def _pass_on(self, stream: RawIOBase, lines: Sequence[bytes]) -> None:
        for line in lines:
            self._on_line(self._streams[stream], line.decode(errors="replace"))

    def _close(self) -> None:
        for stream, rest in self._unfinished.items():
            self._pass_on(stream, [rest] if rest else [])
            stream.close()


def _send(target: int, number: signal.Signals) -> None:
    try:
        os.kill(target, number) if target > 0 else os.killpg(-target, number)
    except (ProcessLookupError, PermissionError):
        return  # it has ended; some systems refuse to signal a process that was not waited for
