"""The REST API of the Cloud Tasks stand-in: v2, HTTP targets only."""

import time
from pathlib import Path

from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.proto_json import read_enum
from localdev.stand_ins.rest_service import Call, Json, RestService, Routes, ServiceError
from localdev.stand_ins.tasks.delivery import deliver
from localdev.stand_ins.tasks.dispatcher import Dispatcher
from localdev.stand_ins.tasks.new_task import read_new_task
from localdev.stand_ins.tasks.queue import Queue
from localdev.stand_ins.tasks.queue_store import QueueStore
from localdev.stand_ins.tasks.task import VIEWS

_LOCATION = "projects/[^/]+/locations/[^/]+"
_QUEUE = f"{_LOCATION}/queues/[^/:]+"
_TASK = f"{_QUEUE}/tasks/[^/:]+"


class TasksStandIn(RestService):
    """Cloud Tasks on 127.0.0.1:`port` (0 for a free one), its state in `folder`, its OIDC key in `keys`.

    Answers GET /certs with the certificates of the tokens it sends. `duplicate_rate` (0 to 1) is the share of
    attempts delivered twice, chosen by `seed`.
    """

    def __init__(self, port: int, folder: Path, keys: Path, *, duplicate_rate: float = 0.0, seed: int = 0) -> None:
        self._signer = OidcSigner(keys)
        self._store = QueueStore(folder)
        self._dispatcher = Dispatcher(
            self._store, lambda task: deliver(task, self._signer), duplicate_rate=duplicate_rate, seed=seed
        )
        super().__init__(port, self._routes())

    def start(self) -> None:
        self._dispatcher.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        self._dispatcher.stop()
        self._store.close()

    def run(self) -> None:
        self._dispatcher.start()
        super().run()
        self._dispatcher.stop()
        self._store.close()

    def _routes(self) -> Routes:
        queue, task = f"/v2/(?P<name>{_QUEUE})", f"/v2/(?P<name>{_TASK})"
        return [
            ("GET", "/certs", lambda _call: self._signer.certs),
            ("POST", f"/v2/(?P<parent>{_LOCATION})/queues", self._create_queue),
            ("GET", f"/v2/(?P<parent>{_LOCATION})/queues", self._list_queues),
            ("GET", queue, self._get_queue),
            ("PATCH", queue, self._update_queue),
            ("DELETE", queue, self._delete_queue),
            ("POST", f"{queue}:pause", lambda call: self._set_state(call, "PAUSED")),
            ("POST", f"{queue}:resume", lambda call: self._set_state(call, "RUNNING")),
            ("POST", f"{queue}:purge", self._purge_queue),
            ("POST", f"/v2/(?P<parent>{_QUEUE})/tasks", self._create_task),
            ("GET", f"/v2/(?P<parent>{_QUEUE})/tasks", self._list_tasks),
            ("GET", task, self._get_task),
            ("DELETE", task, self._delete_task),
            ("POST", f"{task}:run", self._run_task),
        ]

    # ── queues ──

    def _create_queue(self, call: Call) -> Json:
        queue = Queue.from_json(call.body)
        self._store.add_queue(queue)
        return queue.as_json()

    def _list_queues(self, call: Call) -> Json:
        prefix = call.path["parent"] + "/queues/"
        return {"queues": [queue.as_json() for queue in self._store.queues() if queue.name.startswith(prefix)]}

    def _get_queue(self, call: Call) -> Json:
        return self._store.queue(call.path["name"]).as_json()

    def _update_queue(self, call: Call) -> Json:
        """Changes a queue, or creates it, as the real service does."""
        name = call.path["name"]
        known = any(queue.name == name for queue in self._store.queues())
        queue = self._store.queue(name) if known else Queue.from_json({"name": name})
        return self._put(queue.updated(call.body, call.query.get("updateMask", "")))

    def _set_state(self, call: Call, state: str) -> Json:
        return self._put(self._store.queue(call.path["name"]).in_state(state))

    def _put(self, queue: Queue) -> Json:
        self._store.put_queue(queue)
        self._dispatcher.wake()
        return queue.as_json()

    def _purge_queue(self, call: Call) -> Json:
        self._store.purge(call.path["name"], now=time.time())
        return self._get_queue(call)

    def _delete_queue(self, call: Call) -> Json:
        self._store.delete_queue(call.path["name"])
        return {}

    # ── tasks ──

    def _create_task(self, call: Call) -> Json:
        queue = self._store.queue(call.path["parent"])
        task = read_new_task(queue.name, call.body.get("task", {}), now=time.time())
        self._store.add_task(task)
        self._dispatcher.wake()
        return task.as_json(_view(call.body.get("responseView", 0)))

    def _list_tasks(self, call: Call) -> Json:
        size = int(call.query.get("pageSize") or 0) or 1000
        if not 0 < size <= 1000:
            raise ServiceError(400, "Page size must be between 0 and 1000.")
        after = call.query.get("pageToken", "")
        tasks = self._store.tasks(call.path["parent"], after=after, limit=size + 1)
        page = {"tasks": [task.as_json(_view(call.query.get("responseView", 0))) for task in tasks[:size]]}
        return page | ({"nextPageToken": tasks[size - 1].name} if len(tasks) > size else {})

    def _get_task(self, call: Call) -> Json:
        return self._store.task(call.path["name"]).as_json(_view(call.query.get("responseView", 0)))

    def _delete_task(self, call: Call) -> Json:
        if not self._store.remove(call.path["name"], now=time.time()):
            raise ServiceError(404, "Requested entity was not found.")
        return {}

    def _run_task(self, call: Call) -> Json:
        task = self._store.task(call.path["name"])
        self._dispatcher.run_now(task.name)
        return task.as_json(_view(call.body.get("responseView", 0)))


def _view(wanted: str | int) -> str:
    return read_enum(int(wanted) if str(wanted).isdigit() else wanted, VIEWS)
