"""How a session ends: by itself, after the tasks in Batch (`finish`), or at once (an abort: `terminate`, a signal)."""

from collections.abc import Callable, Sequence

from localdev.nextflow_simulator.output import records
from localdev.nextflow_simulator.output.files import NextflowLog
from localdev.nextflow_simulator.output.launch import write_pool
from localdev.nextflow_simulator.output.observers import Observers

_ALL_FINISHED = "Session await > all processes finished"


class Ending:
    """The end of a session. `cause` is the reason of the first failure or abort, or None."""

    def __init__(self, log: NextflowLog, pipeline: str, observers: Observers) -> None:
        self._log, self._pipeline, self._observers = log, pipeline, observers
        self._pools: list[str] = []
        self._interrupted: Sequence[str] = ()  # processes that still wait when a signal comes
        self.cause: str | None = None
        self.is_cancelled = self.is_aborted = False

    def open_pool(self, thread: str, name: str) -> None:
        """A pool of threads is created when it is first used."""
        if name not in self._pools:
            self._pools.append(name)
            write_pool(self._log, thread, name)

    def cancel(self, thread: str, cause: str, waiting: Sequence[str]) -> None:
        """Submit nothing more and let the tasks in Batch end; the processes in `waiting` end at once."""
        self.cause, self.is_cancelled = cause, True
        self._log.add(
            f"[{thread}] INFO  nextflow.Session", "Execution cancelled -- Finishing pending tasks before exit"
        )
        for number, process in enumerate(waiting, start=11):
            records.write_interrupted(self._log, number, process)
        self._log.add("[main] DEBUG nextflow.Session", _ALL_FINISHED)

    def abort(self, thread: str, cause: str, unfinished: Sequence[str], kill: Callable[[], None]) -> None:
        """End now: all that follows is done in `thread`, and then once more, in part, in the main thread."""
        self.cause, self.is_aborted = self.cause or cause, True
        self._interrupted = unfinished[-1:] if thread.startswith("SIG") and not self.is_cancelled else ()
        records.write_aborted(self._log, thread, cause, unfinished)
        records.write_verdict(self._log, thread, self._pipeline, succeeded=False)
        kill()
        self._observers.complete(thread)

    def finish(self) -> None:
        """What the main thread does when nothing runs any more, up to the end of the observers."""
        records.write_barrier(self._log)
        if not self.is_cancelled:
            self._log.add("[main] DEBUG nextflow.Session", _ALL_FINISHED)
        self._log.add("[main] DEBUG nextflow.Session", "Session await > all barriers passed")
        if not self.is_aborted:
            for name in self._pools:
                records.write_pool_end(self._log, name)
            records.write_verdict(self._log, "main", self._pipeline, succeeded=self.cause is None)
        self._observers.complete("main")
        for number, process in enumerate(self._interrupted, start=11):
            records.write_interrupted(self._log, number, process)
