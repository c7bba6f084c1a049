"""The stand-in for Cloud Tasks: the REST API v2 of its queues and their tasks.

Left out: App Engine targets, oauthToken, permissions except that to create tasks, `buffer`, and logs of the queue.
"""

import time
from pathlib import Path

from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.permissions import held_permissions, require_permission
from localdev.stand_ins.http.proto_json import read_enum, read_int32
from localdev.stand_ins.http.rest_service import RestService, Route
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.tasks.delivery import deliver
from localdev.stand_ins.tasks.dispatcher import Dispatcher
from localdev.stand_ins.tasks.new_task import read_new_task
from localdev.stand_ins.tasks.queue import Queue
from localdev.stand_ins.tasks.queue_store import QueueStore
from localdev.stand_ins.tasks.task import VIEWS, CloudTask

_LOCATION = '/v2/<resource("projects/*/locations/*"):parent>'
_QUEUE = "projects/*/locations/*/queues/*"


class TasksStandIn(RestService):
    """Cloud Tasks on 127.0.0.1:`port` (0 for a free one), with its state in `folder` and its OIDC key in `keys`.

    GET /certs returns the certificates that verify its tokens. In place of Resource Manager and IAM it also says which
    permissions a caller has on the project and on service accounts. The share `duplicate_rate` (0 to 1) of attempts is
    delivered twice; `seed` chooses which.
    """

    def __init__(self, port: int, folder: Path, keys: Path, *, duplicate_rate: float = 0.0, seed: int = 0) -> None:
        self._signer = OidcSigner(keys)
        self._store = QueueStore(folder)
        self._dispatcher = Dispatcher(
            self._store, lambda task: deliver(task, self._signer), duplicate_rate=duplicate_rate, seed=seed
        )
        super().__init__(port, self._routes())

    def is_public(self, request: Request) -> bool:
        """Google's certificates are public as well."""
        return request.path == "/certs"

    def opened(self) -> None:
        self._dispatcher.start()

    def closed(self) -> None:
        self._dispatcher.stop()
        self._store.close()

    def _routes(self) -> list[Route]:
        queue, task = f'/v2/<resource("{_QUEUE}"):name>', f'/v2/<resource("{_QUEUE}/tasks/*"):name>'
        tasks = f'/v2/<resource("{_QUEUE}"):parent>/tasks'
        return [
            ("GET", "/certs", lambda _request: self._signer.certs),
            ("POST", f"{_LOCATION}/queues", lambda request, **_parent: self._create_queue(request)),
            ("GET", f"{_LOCATION}/queues", self._list_queues),
            ("GET", queue, self._get_queue),
            ("PATCH", queue, self._update_queue),
            ("DELETE", queue, self._delete_queue),
            ("POST", f"{queue}:pause", lambda _request, name: self._set_state(name, "PAUSED")),
            ("POST", f"{queue}:resume", lambda _request, name: self._set_state(name, "RUNNING")),
            ("POST", f"{queue}:purge", self._purge_queue),
            ("POST", f"{queue}:testIamPermissions", _held),
            ("POST", '/v1/<resource("projects/*"):name>:testIamPermissions', _held),
            ("POST", '/v1/<resource("projects/*/serviceAccounts/*"):name>:testIamPermissions', _held),
            ("POST", tasks, self._create_task),
            ("GET", tasks, self._list_tasks),
            ("GET", task, self._get_task),
            ("DELETE", task, self._delete_task),
            ("POST", f"{task}:run", self._run_task),
        ]

    # ── queues ──

    def _create_queue(self, request: Request) -> Json:
        queue = Queue.from_json(request.json_object())
        self._store.add_queue(queue)
        return queue.as_json()

    def _list_queues(self, _request: Request, parent: str) -> Json:
        prefix = parent + "/queues/"
        return {"queues": [queue.as_json() for queue in self._store.queues() if queue.name.startswith(prefix)]}

    def _get_queue(self, _request: Request, name: str) -> Json:
        return self._store.queue(name).as_json()

    def _update_queue(self, request: Request, name: str) -> Json:
        """Change a queue, or create it when it is missing, as Cloud Tasks does."""
        exists = any(queue.name == name for queue in self._store.queues())
        queue = self._store.queue(name) if exists else Queue.from_json({"name": name})
        return self._put(queue.updated(request.json_object(), request.args.get("updateMask", "")))

    def _set_state(self, name: str, state: str) -> Json:
        return self._put(self._store.queue(name).in_state(state))

    def _put(self, queue: Queue) -> Json:
        self._store.put_queue(queue)
        self._dispatcher.wake()
        return queue.as_json()

    def _purge_queue(self, request: Request, name: str) -> Json:
        self._store.purge(name, now=time.time())
        return self._get_queue(request, name)

    def _delete_queue(self, _request: Request, name: str) -> Json:
        self._store.delete_queue(name)
        return {}

    # ── tasks ──

    def _create_task(self, request: Request, parent: str) -> Json:
        body = request.json_object()
        queue = self._store.queue(parent)
        task = read_new_task(queue.name, body.get("task", {}), now=time.time())
        _require_may_create(task)
        self._store.add_task(task)
        self._dispatcher.wake()
        return task.as_json(_view(body.get("responseView", 0)))

    def _list_tasks(self, request: Request, parent: str) -> Json:
        size = read_int32(request.args.get("pageSize"), "page_size") or 1000
        if not 0 < size <= 1000:
            raise ServiceError(400, "Page size must be between 0 and 1000.")
        after = request.args.get("pageToken", "")
        tasks = self._store.tasks(parent, after=after, limit=size + 1)
        page = {"tasks": [task.as_json(_view(request.args.get("responseView", 0))) for task in tasks[:size]]}
        return page | ({"nextPageToken": tasks[size - 1].name} if len(tasks) > size else {})

    def _get_task(self, request: Request, name: str) -> Json:
        return self._store.task(name).as_json(_view(request.args.get("responseView", 0)))

    def _delete_task(self, _request: Request, name: str) -> Json:
        if not self._store.remove(name, now=time.time()):
            raise ServiceError(404, "Requested entity was not found.")
        return {}

    def _run_task(self, request: Request, name: str) -> Json:
        task = self._store.task(name)
        self._dispatcher.run_now(task.name)
        return task.as_json(_view(request.json_object().get("responseView", 0)))


def _held(request: Request, name: str) -> Json:
    return held_permissions(request.json_object().get("permissions", []), name)


def _require_may_create(task: CloudTask) -> None:
    """Check the right to create a task, and to use the identity of its token."""
    require_permission("cloudtasks.tasks.create", task.queue)
    email = task.request.get("oidcToken", {}).get("serviceAccountEmail")
    if email:
        require_permission("iam.serviceAccounts.actAs", f"projects/{task.queue.split('/')[1]}/serviceAccounts/{email}")


def _view(value: str | int) -> str:
    is_number = isinstance(value, str) and value.isascii() and value.isdigit()
    return read_enum(int(value) if is_number else value, VIEWS)
