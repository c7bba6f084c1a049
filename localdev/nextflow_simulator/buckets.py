"""The objects of a run in buckets: work directories, cloud cache and published results."""

import json

import requests

from localdev.nextflow_simulator.task import TaskAttempt, TraceRow, folder_of
from localdev.stand_ins.storage.client import ObjectClient, bucket_and_name


class WorkDirs:
    """The work directories of a run's tasks, and what Nextflow itself puts beside them.

    Not simulated: result files.
    """

    def __init__(self, objects: ObjectClient, root: str) -> None:
        self._objects = objects
        self._bucket, self._prefix = bucket_and_name(root)
        names = list(objects.names(self._bucket, f"{self._prefix}/"))
        folders = {name: name.removeprefix(f"{self._prefix}/").rpartition("/")[0] for name in names}
        self._started = set(folders.values())
        self._ended = {folder for name, folder in folders.items() if name.endswith("/.exitcode")}

    def exists(self, task_hash: str) -> bool:
        return folder_of(task_hash) in self._started

    def has_ended(self, task_hash: str) -> bool:
        return folder_of(task_hash) in self._ended

    def begin(self, task: TaskAttempt, script: str) -> None:
        """Create the directory with the task's script and the script around it."""
        folder = folder_of(task.hash)
        self._started.add(folder)
        self.write(f"{folder}/.command.sh", script)
        self.write(f"{folder}/.command.run", f"#!/bin/bash\n# NEXTFLOW TASK: {task.name}\nbash .command.sh\n")

    def start(self, task: TaskAttempt) -> None:
        """What the task writes first."""
        self.write(f"{folder_of(task.hash)}/.command.begin", "")

    def end(self, task: TaskAttempt, *, stdout: str, stderr: str, trace: str) -> None:
        """Add the task's output, exit code and, if there are any, its own measurements."""
        files = {".command.out": stdout, ".command.err": stderr, ".command.log": stdout + stderr}
        if trace:
            files[".command.trace"] = trace
        if task.exit_code is not None:
            files[".exitcode"] = str(task.exit_code)
        for name, text in files.items():
            self.write(f"{folder_of(task.hash)}/{name}", text)

    def write(self, path: str, text: str) -> None:
        """Write an object below the root of all work directories."""
        self._objects.write(self._bucket, f"{self._prefix}/{path}", text.encode(), "text/plain")


class CloudCache:
    """The trace rows of ended tasks, one object per task, for a later run that resumes the session."""

    def __init__(self, objects: ObjectClient, path: str, session: str) -> None:
        """`path` is NXF_CLOUDCACHE_PATH; when it is empty, nothing is cached."""
        self._objects = objects
        self._bucket, prefix = bucket_and_name(path)
        self._prefix = f"{prefix.rstrip('/')}/{session}"

    def row_of(self, task_hash: str) -> TraceRow | None:
        """The trace row of an ended task; None when it is not cached."""
        if not self._bucket:
            return None
        try:
            row: TraceRow = json.loads(self._objects.read(self._bucket, f"{self._prefix}/{task_hash}"))
        except requests.HTTPError:
            return None
        return row

    def store(self, task_hash: str, row: TraceRow) -> None:
        self._write(task_hash, json.dumps(row))

    def close(self, run_name: str, hashes: list[str]) -> None:
        """Write the index of a run: the hashes of its succeeded tasks."""
        self._write(f"index.{run_name}", "\n".join(hashes))

    def _write(self, name: str, text: str) -> None:
        if self._bucket:
            self._objects.write(self._bucket, f"{self._prefix}/{name}", text.encode(), "application/json")


class Results:
    """The files published in the output directory."""

    def __init__(self, objects: ObjectClient, outdir: str) -> None:
        self._objects = objects
        self._bucket, prefix = bucket_and_name(outdir)
        self._prefix = prefix.rstrip("/")

    def publish(self, path: str, text: str) -> None:
        kind = "text/html" if path.endswith(".html") else "text/plain"
        self._objects.write(self._bucket, f"{self._prefix}/{path}", text.encode(), kind)
