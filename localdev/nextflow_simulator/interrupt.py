"""Records a signal that asks this process to stop."""

import signal
import threading


class Interrupt:
    """`name` is the name of the first signal received; empty before that.

    Until `install`, a signal has its usual effect on the process: Nextflow too handles signals only once it has a
    session, so one that comes earlier ends it at once, with 128 and the signal's number.
    """

    def __init__(self, *, of_process: bool = False) -> None:
        self.name = ""
        self._of_process = of_process
        self._received = threading.Event()

    def install(self) -> None:
        """Record the signals of this process from now on, if it is the whole process that is simulated."""
        if not self._of_process:
            return
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self.record(signal.Signals(number).name))

    def record(self, name: str) -> None:
        self.name = self.name or name
        self._received.set()

    def wait(self, seconds: float) -> None:
        """Wait up to `seconds`, or until a signal is received."""
        self._received.wait(seconds)
