"""Uploads by the JSON API: media, multipart and resumable."""

import shutil
from dataclasses import replace
from urllib.parse import quote

from werkzeug.wrappers import Response

from localdev.stand_ins.http.messages import Json, Request, json_response
from localdev.stand_ins.http.rest_service import Handler, Route
from localdev.stand_ins.storage.api.multipart import receive_multipart
from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.blobs import BlobFolder, measure
from localdev.stand_ins.storage.objects.object_store import Draft, ObjectStore
from localdev.stand_ins.storage.objects.preconditions import Preconditions
from localdev.stand_ins.storage.objects.stored_object import StoredObject, writable_fields
from localdev.stand_ins.storage.objects.uploads import ContentRange, UploadSessions

_UPLOADS = ("/upload/storage/v1/b/<bucket>/o", "/resumable/upload/storage/v1/b/<bucket>/o")
_BLOCK = 1 << 20
_TERMINATED = 499  # the status that Google's client expects after it cancels a session


class UploadApi:
    """Receives bytes into a file, then stores the file as an object."""

    def __init__(self, sessions: UploadSessions, store: ObjectStore, blobs: BlobFolder, base_url: str) -> None:
        self._sessions, self._store, self._blobs, self._base_url = sessions, store, blobs, base_url
        handlers: dict[str, Handler] = {
            "POST": self.upload,
            "PUT": lambda request, **_bucket: self.resume(request),
            "DELETE": lambda request, **_bucket: self.cancel(request),
        }
        self.routes: list[Route] = [(method, rule, handlers[method]) for method in handlers for rule in _UPLOADS]

    def upload(self, request: Request, bucket: str) -> Response:
        kinds = {"media": self._media, "multipart": self._multipart, "resumable": self._begin}
        kind = request.args.get("uploadType", "")
        if kind not in kinds:
            raise StorageError(400, "invalidParameter", f"Invalid value for uploadType: {kind!r}")
        return kinds[kind](request, bucket)

    def resume(self, request: Request) -> Response:
        header = request.headers.get("content-range")
        sent = ContentRange.parse(header) if header else None
        received = self._sessions.receive(
            request.args.get("upload_id", ""), sent, request.stream, sent_checksums(request)
        )
        if isinstance(received, StoredObject):
            return self._stored(received)
        return Response(status=308, headers={"range": f"bytes=0-{received - 1}"} if received else {})

    def cancel(self, request: Request) -> Response:
        self._sessions.cancel(request.args.get("upload_id", ""))
        return Response(status=_TERMINATED)

    def _media(self, request: Request, bucket: str) -> Response:
        draft = _draft(request, bucket, {}, request.headers.get("content-type"))
        with self._blobs.receiving() as file:
            with file.open("wb") as out:
                shutil.copyfileobj(request.stream, out, _BLOCK)
            return self._stored(self._store.commit(draft, measure(file)))

    def _multipart(self, request: Request, bucket: str) -> Response:
        with self._blobs.receiving() as file:
            fields, content_type = receive_multipart(request, file)
            draft = _draft(request, bucket, fields, content_type)
            return self._stored(self._store.commit(draft, measure(file)))

    def _begin(self, request: Request, bucket: str) -> Response:
        draft = _draft(request, bucket, request.json_object(), request.headers.get("x-upload-content-type"))
        upload_id = self._sessions.begin(draft)
        address = f"{self._base_url}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        headers = {
            "location": f"{address}?uploadType=resumable&upload_id={upload_id}",
            "x-guploader-uploadid": upload_id,
        }
        return Response(headers=headers)

    def _stored(self, stored: StoredObject) -> Response:
        return json_response(stored.resource(self._base_url))


def sent_checksums(request: Request) -> dict[str, str]:
    """The checksums of the x-goog-hash header, by their names in resources."""
    parts = (part.strip().partition("=") for part in request.headers.get("x-goog-hash", "").split(","))
    return {"md5Hash" if kind == "md5" else kind: value for kind, _, value in parts if value}


def _draft(request: Request, bucket: str, sent: Json, content_type: str | None) -> Draft:
    name = request.args.get("name") or sent.get("name")
    if not name:
        raise StorageError(400, "required", "Required parameter: name")
    draft = Draft(
        bucket=bucket,
        name=name,
        fields=writable_fields({"contentType": content_type} | sent),
        checksums={kind: sent[kind] for kind in ("crc32c", "md5Hash") if sent.get(kind)},
        preconditions=Preconditions.from_query(request.args),
    )
    return replace(draft, checksums={**draft.checksums, **sent_checksums(request)})
