"""Records a signal that asks this process to stop."""

import signal
import threading


class Interrupt:
    """`name` is the name of the first signal received; empty before that."""

    def __init__(self) -> None:
        self.name = ""
        self._received = threading.Event()

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self.record(signal.Signals(number).name))

    def record(self, name: str) -> None:
        self.name = self.name or name
        self._received.set()

    def wait(self, seconds: float) -> None:
        """Wait up to `seconds`, or until a signal is received."""
        self._received.wait(seconds)
