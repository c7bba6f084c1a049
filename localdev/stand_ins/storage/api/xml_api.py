"""The addresses /BUCKET/OBJECT of the XML API, which signed URLs use."""

import shutil
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from localdev.stand_ins.http.messages import Request
from localdev.stand_ins.http.rest_service import Route
from localdev.stand_ins.storage.api.downloads import media_response
from localdev.stand_ins.storage.api.signed_urls import SignatureCheck
from localdev.stand_ins.storage.api.upload_api import sent_checksums
from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.blobs import BlobFolder, measure
from localdev.stand_ins.storage.objects.object_store import CopySource, Draft, ObjectStore
from localdev.stand_ins.storage.objects.preconditions import Preconditions
from localdev.stand_ins.storage.objects.stored_object import writable_fields

_OBJECT = '/<pattern("(?!(?:storage|upload|download|batch)$)[a-z0-9][-._a-z0-9]{1,62}"):bucket>/<rest:name>'
_META = "x-goog-meta-"
_BLOCK = 1 << 20


class XmlApi:
    """GET, HEAD, PUT and DELETE of one object by signed URL."""

    def __init__(self, store: ObjectStore, blobs: BlobFolder, check: SignatureCheck) -> None:
        self._store, self._blobs, self._check = store, blobs, check
        self.routes: list[Route] = [("GET|PUT|DELETE", _OBJECT, self.respond)]

    def respond(self, request: Request, bucket: str, name: str) -> Response:
        try:
            self._check.require_valid(request)
            return {"PUT": self._put, "DELETE": self._delete}.get(request.method, self._get)(request, bucket, name)
        except StorageError as error:
            return _xml_error(error)

    def _get(self, request: Request, bucket: str, name: str) -> Response:
        return media_response(self._store, _source(request, bucket, name), request)

    def _delete(self, request: Request, bucket: str, name: str) -> Response:
        self._store.delete(_source(request, bucket, name))
        return Response(status=204)

    def _put(self, request: Request, bucket: str, name: str) -> Response:
        headers = request.headers
        fields = {
            "contentType": headers.get("content-type"),
            "contentEncoding": headers.get("content-encoding"),
            "cacheControl": headers.get("cache-control"),
            "contentDisposition": headers.get("content-disposition"),
            "metadata": _metadata(request),
        }
        draft = Draft(
            bucket=bucket,
            name=name,
            fields=writable_fields(fields),
            checksums=sent_checksums(request),
            preconditions=Preconditions.from_headers(headers),
        )
        with self._blobs.receiving() as file:
            with file.open("wb") as out:
                shutil.copyfileobj(request.stream, out, _BLOCK)
            stored = self._store.commit(draft, measure(file))
        return Response(headers={"etag": f'"{stored.etag}"', "x-goog-generation": str(stored.generation)})


def _metadata(request: Request) -> dict[str, str]:
    sent = ((name.lower(), value) for name, value in request.sent_headers.items())
    return {name.removeprefix(_META): value for name, value in sent if name.startswith(_META)}


def _source(request: Request, bucket: str, name: str) -> CopySource:
    return CopySource(bucket=bucket, name=name, preconditions=Preconditions.from_headers(request.headers))


def _xml_error(error: StorageError) -> Response:
    text = f"<Error><Code>{escape(error.reason)}</Code><Message>{escape(error.message)}</Message></Error>"
    content = f"<?xml version='1.0' encoding='UTF-8'?>{text}".encode()
    return Response(content, error.code, content_type="application/xml; charset=UTF-8")
