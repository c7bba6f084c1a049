"""The Storage stand-in as a whole: what the supervisor runs and what tests start."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from localdev.stack.layout import EVENTS_CALLER, HOST
from localdev.stand_ins.oidc import OidcSigner
from localdev.stand_ins.storage.api.batch_requests import BatchApi
from localdev.stand_ins.storage.api.http_handler import StorageServer
from localdev.stand_ins.storage.api.json_api import JsonApi
from localdev.stand_ins.storage.api.messages import Request, Response, Route, Router, json_response
from localdev.stand_ins.storage.api.signed_urls import SignatureCheck
from localdev.stand_ins.storage.api.upload_api import UploadApi
from localdev.stand_ins.storage.api.xml_api import XmlApi
from localdev.stand_ins.storage.objects.blobs import BlobFolder
from localdev.stand_ins.storage.objects.buckets import BucketStore
from localdev.stand_ins.storage.objects.database import Database
from localdev.stand_ins.storage.objects.notices import NoticeDelivery, NoticeOutbox, Trigger
from localdev.stand_ins.storage.objects.object_store import ObjectStore
from localdev.stand_ins.storage.objects.uploads import UploadSessions


class StorageStandIn:
    """Cloud Storage on 127.0.0.1, for clients with STORAGE_EMULATOR_HOST set to `url`.

    Port 0 takes a free one. All state is below `folder` and survives a kill. `keys` holds the keys that sign
    notices and verify signed URLs; without it neither is done. With a `trigger`, new objects of its bucket are
    announced. Not modelled: access rights, object versions, soft delete, retention, lifecycle, the limit of one
    write per second and object, HMAC signatures, XML multipart uploads, listing by the XML API.
    """

    def __init__(self, port: int, folder: Path, *, keys: Path | None = None, trigger: Trigger | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = StorageServer(port)
        self._database = Database(folder / "storage.db")
        outbox = NoticeOutbox(self._database, trigger.bucket if trigger else "", self.url)
        self._delivery = NoticeDelivery(outbox, trigger, _token_source(keys, trigger)) if trigger else None
        self._server.answer = Router(self._routes(folder, outbox, keys)).answer

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve in a thread of its own (tests)."""
        self._start_delivery()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Serve no more; another service may then take over the folder."""
        self._server.shutdown()
        self._close()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""

        def leave(_signal: int, _frame: FrameType | None) -> None:
            threading.Thread(target=self._server.shutdown).start()

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        self._start_delivery()
        self._server.serve_forever(poll_interval=0.1)
        self._close()

    def _start_delivery(self) -> None:
        if self._delivery:
            self._delivery.start()

    def _close(self) -> None:
        self._server.hang_up()
        self._server.server_close()
        if self._delivery:
            self._delivery.stop()
        self._database.close()

    def _routes(self, folder: Path, outbox: NoticeOutbox, keys: Path | None) -> list[Route]:
        blobs = BlobFolder(folder)
        store = ObjectStore(self._database, blobs, outbox.add)
        sessions = UploadSessions(self._database, blobs, store)
        blobs.sweep(generations=store.generations(), uploads=sessions.forget_old())
        json_api = JsonApi(BucketStore(self._database), store, blobs, self.url)
        return [
            ("GET", "/", _healthy),
            *json_api.routes,
            *UploadApi(sessions, store, blobs, self.url).routes,
            *BatchApi(json_api.metadata_routes).routes,
            *XmlApi(store, blobs, SignatureCheck(keys)).routes,
        ]


def _healthy(_request: Request) -> Response:
    return json_response({"ok": True})


def _token_source(keys: Path | None, trigger: Trigger) -> Callable[[], str] | None:
    if keys is None:
        return None
    signer = OidcSigner(keys)
    return lambda: signer.token(EVENTS_CALLER, trigger.url)
