"""The stand-in for Cloud Storage: what the supervisor runs and what tests start.

Left out: access rights, object versions, soft delete, retention, lifecycle rules, the limit of one write per second
and object, HMAC signatures, multipart uploads and listings by the XML API.
"""

from collections.abc import Callable
from pathlib import Path

from werkzeug.wrappers import Response

from localdev.stack.layout import EVENTS_CALLER
from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.http.rest_service import RestService, Route, Router
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.api.batch_requests import BatchApi
from localdev.stand_ins.storage.api.json_api import JsonApi
from localdev.stand_ins.storage.api.signed_urls import SignatureCheck
from localdev.stand_ins.storage.api.upload_api import UploadApi
from localdev.stand_ins.storage.api.xml_api import XmlApi
from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.blobs import BlobFolder
from localdev.stand_ins.storage.objects.buckets import BucketStore
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.notices import NoticeDelivery, NoticeOutbox, Trigger
from localdev.stand_ins.storage.objects.object_store import ObjectStore
from localdev.stand_ins.storage.objects.uploads import UploadSessions

_ANY_ORIGIN = (("access-control-allow-origin", "*"), ("access-control-expose-headers", "*"))


class StorageStandIn(RestService):
    """Cloud Storage on 127.0.0.1, for clients with STORAGE_EMULATOR_HOST set to `url`.

    Port 0 takes a free one. All state is below `folder` and survives a kill. `keys` holds the keys that sign
    notices and verify signed URLs; without it, notices are unsigned and signatures are not checked. With a
    `trigger`, new objects of its bucket are announced.
    """

    def __init__(self, port: int, folder: Path, *, keys: Path | None = None, trigger: Trigger | None = None) -> None:
        super().__init__(port, make_error=StorageError.of_code)
        folder.mkdir(parents=True, exist_ok=True)
        self._database = Database(folder / "storage.db")
        outbox = NoticeOutbox(self._database, trigger.bucket if trigger else "", self.url)
        self._delivery = NoticeDelivery(outbox, trigger, _token_source(keys, trigger)) if trigger else None
        self.serve(self._routes(folder, outbox, keys))

    def handle(self, request: Request) -> Response:
        """Pages of any origin may send requests, as if the CORS rules of each bucket allowed it."""
        response = _preflight(request) if request.method == "OPTIONS" else super().handle(request)
        response.headers.extend(_ANY_ORIGIN)
        return response

    def opened(self) -> None:
        if self._delivery:
            self._delivery.start()

    def closed(self) -> None:
        if self._delivery:
            self._delivery.stop()
        self._database.close()

    def _routes(self, folder: Path, outbox: NoticeOutbox, keys: Path | None) -> list[Route]:
        blobs = BlobFolder(folder)
        store = ObjectStore(self._database, blobs, outbox.add)
        sessions = UploadSessions(self._database, blobs, store)
        blobs.sweep(generations=store.generations(), uploads=sessions.remove_old())
        json_api = JsonApi(BucketStore(self._database), store, blobs, self.url)
        return [
            *json_api.routes,
            *UploadApi(sessions, store, blobs, self.url).routes,
            *BatchApi(Router(json_api.metadata_routes, StorageError.of_code).respond).routes,
            *XmlApi(store, blobs, SignatureCheck(keys)).routes,
        ]


def _preflight(request: Request) -> Response:
    headers = {
        "access-control-allow-methods": "GET, HEAD, PUT, POST, PATCH, DELETE",
        "access-control-allow-headers": request.headers.get("access-control-request-headers", "*"),
        "access-control-max-age": "3600",
    }
    return Response(headers=headers)


def _token_source(keys: Path | None, trigger: Trigger) -> Callable[[], str] | None:
    if keys is None:
        return None
    signer = OidcSigner(keys)
    return lambda: signer.token(EVENTS_CALLER, trigger.url)
