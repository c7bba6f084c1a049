"""Notices that somebody asks this process to stop."""

import signal
import threading


class Interrupt:
    """`name` is the first signal that came, empty until then."""

    def __init__(self) -> None:
        self.name = ""
        self._came = threading.Event()

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self.note(signal.Signals(number).name))

    def note(self, name: str) -> None:
        self.name = self.name or name
        self._came.set()

    def wait(self, seconds: float) -> None:
        """At most `seconds`; not at all once a signal has come."""
        self._came.wait(seconds)
