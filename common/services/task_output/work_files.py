"""WorkFiles: the files in the work directories of tasks, until they expire."""

from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets
from common.domain.runs.run import Run
from common.domain.tasks.output import Tail
from common.domain.tasks.task import Task
from common.domain.text.storable import storable_text
from common.services.google_clients import translate_google_errors
from common.services.storage.client import TIMEOUT_S, ObjectState, StorageClient


class WorkFiles:
    """Reads files of tasks by name. Raises UnavailableError.

    A trace can name any directory as a task's; one outside the run's work folder is treated as empty.
    """

    def __init__(self, buckets: Buckets, client: StorageClient) -> None:
        self._buckets, self._client = buckets, client

    def tail(self, run: Run, task: Task, name: str, *, at_most: int) -> Tail | None:
        """The last `at_most` bytes of a file as text, read in one call; None when there is no file."""
        key = self.key(run, task, name)
        data = self._last_bytes(key, at_most + 1) if key else None
        if data is None:
            return None
        text = storable_text(data[-at_most:].decode("utf-8", "replace"))
        return Tail(text, is_cut=len(data) > at_most)

    def state(self, run: Run, task: Task, name: str) -> ObjectState | None:
        """The current state of a file; None when there is none."""
        key = self.key(run, task, name)
        return self._client.state(self._buckets.work, key) if key else None

    def key(self, run: Run, task: Task, name: str) -> str | None:
        """The key of a file in the work bucket; None when the task's directory is not in the run's work folder."""
        folder = run_files.task_folder(self._buckets, run.root_run_id, task.work_dir or "")
        return f"{folder}/{name}" if folder else None

    def _last_bytes(self, key: str, count: int) -> bytes | None:
        from google.api_core.exceptions import (  # noqa: PLC0415 see google_clients
            NotFound,
            RequestRangeNotSatisfiable,
        )

        blob = self._client.blob(self._buckets.work, key)
        with translate_google_errors("Cloud Storage"):
            try:
                data: bytes = blob.download_as_bytes(
                    start=-count, raw_download=True, timeout=TIMEOUT_S, retry=self._client.retry
                )
            except NotFound:
                return None
            except RequestRangeNotSatisfiable:  # the file is empty
                return b""
        return data
