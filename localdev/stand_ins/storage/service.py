"""The stand-in for Cloud Storage: what the supervisor runs and what tests start.

Left out: rights on buckets, object versions, soft delete, retention, lifecycle rules, the limit of one write per second
and object, HMAC signatures, multipart uploads and listings by the XML API.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from werkzeug.wrappers import Response

from common.web.site import JSON_ONLY
from localdev.stack.layout import EVENTS_CALLER
from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.http.rest_service import RestService, Route, Router
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.api.batch_requests import BatchApi
from localdev.stand_ins.storage.api.json_api import JsonApi
from localdev.stand_ins.storage.api.signed_urls import SignatureCheck
from localdev.stand_ins.storage.api.upload_api import UploadApi
from localdev.stand_ins.storage.api.xml_api import XmlApi
from localdev.stand_ins.storage.cross_origin import cross_origin_headers
from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.blobs import BlobFolder
from localdev.stand_ins.storage.objects.buckets import BucketStore
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.notices import NoticeDelivery, NoticeOutbox, Trigger
from localdev.stand_ins.storage.objects.object_store import ObjectStore
from localdev.stand_ins.storage.objects.uploads import UploadSessions

_JSON_API, _BATCHES = "/storage/", "/batch/"


class StorageStandIn(RestService):
    """Cloud Storage on 127.0.0.1, for clients with STORAGE_EMULATOR_HOST set to `url`.

    Port 0 takes a free one. All state is below `folder` and survives a kill. `keys` holds the keys that sign
    notices and verify signed URLs; without it, notices are unsigned and signatures are not checked. With a
    `trigger`, new objects of its bucket are announced. A valid signature replaces the login. Pages of `origins` may
    read the answers, as if the CORS rules of each bucket allowed it.
    """

    def __init__(
        self,
        port: int,
        folder: Path,
        *,
        keys: Path | None = None,
        trigger: Trigger | None = None,
        origins: Iterable[str] = (),
    ) -> None:
        super().__init__(port, make_error=StorageError.of_code, origins=origins)
        self._checks_signatures = keys is not None
        folder.mkdir(parents=True, exist_ok=True)
        self._database = Database(folder / "storage.db")
        outbox = NoticeOutbox(self._database, trigger.bucket if trigger else "", self.url)
        self._delivery = NoticeDelivery(outbox, trigger, _token_source(keys, trigger)) if trigger else None
        self.serve(self._routes(folder, outbox, keys))

    def handle(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            response = Response()
        else:
            response = self._signed.respond(request) if self._is_signed(request) else super().handle(request)
        response.headers.update(cross_origin_headers(request, self.origins))
        return response

    def is_public(self, request: Request) -> bool:
        """Browsers send no login with a signed URL, nor with the question whether they may send a request."""
        return request.method == "OPTIONS" or self._is_signed(request)

    def body_types(self, request: Request) -> frozenset[str] | None:
        """Objects may have any type."""
        if request.path.startswith(_BATCHES):
            return frozenset({"multipart/mixed"})
        return JSON_ONLY if request.path.startswith(_JSON_API) else None

    def _is_signed(self, request: Request) -> bool:
        return self._checks_signatures and "X-Goog-Signature" in request.args

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
        signed = XmlApi(store, blobs, SignatureCheck(keys)).routes
        self._signed = Router(signed, StorageError.of_code)  # the only addresses that check signatures
        return [
            *json_api.routes,
            *UploadApi(sessions, store, blobs, self.url).routes,
            *BatchApi(Router(json_api.metadata_routes, StorageError.of_code).respond).routes,
            *signed,
        ]


def _token_source(keys: Path | None, trigger: Trigger) -> Callable[[], str] | None:
    if keys is None:
        return None
    signer = OidcSigner(keys)
    return lambda: signer.token(EVENTS_CALLER, trigger.url)
