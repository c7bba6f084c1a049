"""The JSON API of buckets and objects, without uploads and batches."""

import shutil
from typing import Any
from urllib.parse import parse_qs

from werkzeug.wrappers import Response

from localdev.stand_ins.http.messages import Json, Request
from localdev.stand_ins.http.permissions import held_permissions
from localdev.stand_ins.http.rest_service import Route
from localdev.stand_ins.storage.api.downloads import media_response
from localdev.stand_ins.storage.errors import StorageError, read_number
from localdev.stand_ins.storage.objects.blobs import BlobFolder, measure
from localdev.stand_ins.storage.objects.buckets import BucketStore
from localdev.stand_ins.storage.objects.listing import ListQuery
from localdev.stand_ins.storage.objects.object_store import CopySource, Draft, ObjectStore
from localdev.stand_ins.storage.objects.preconditions import Preconditions
from localdev.stand_ins.storage.objects.stored_object import writable_fields

_BUCKETS = "/storage/v1/b"
_BUCKET = _BUCKETS + "/<bucket>"
_OBJECTS = _BUCKET + "/o"
_OBJECT = _OBJECTS + "/<name>"
_BLOCK = 1 << 20
_MAX_COMPONENTS = 32


class JsonApi:
    """Translates requests into calls of the stores."""

    def __init__(self, buckets: BucketStore, store: ObjectStore, blobs: BlobFolder, base_url: str) -> None:
        self._buckets, self._store, self._blobs, self._base_url = buckets, store, blobs, base_url
        # requests that a batch may contain
        self.metadata_routes: list[Route] = [
            ("GET", _OBJECT, self.get_object),
            ("PATCH", _OBJECT, self.patch_object),
            ("DELETE", _OBJECT, self.delete_object),
        ]
        self.routes: list[Route] = [
            ("POST", _BUCKETS, self.create_bucket),
            ("GET", _BUCKETS, self.list_buckets),
            ("GET", _BUCKET, self.get_bucket),
            ("PATCH", _BUCKET, self.patch_bucket),
            ("DELETE", _BUCKET, self.delete_bucket),
            ("GET", _BUCKET + "/iam/testPermissions", self.held_permissions),
            ("GET", _OBJECTS, self.list_objects),
            ("GET", "/download" + _OBJECT, self.download),
            *self.metadata_routes,
            ("POST", _OBJECT + "/compose", self.compose),
            ("POST", f"{_OBJECT}/copyTo/b/<to_bucket>/o/<to_name>", self.copy),
            ("POST", f"{_OBJECT}/rewriteTo/b/<to_bucket>/o/<to_name>", self.rewrite),
        ]

    def create_bucket(self, request: Request) -> Json:
        return self._buckets.create(request.json_object())

    def list_buckets(self, _request: Request) -> Json:
        return {"kind": "storage#buckets", "items": self._buckets.list()}

    def get_bucket(self, _request: Request, bucket: str) -> Json:
        return self._buckets.get(bucket)

    def patch_bucket(self, request: Request, bucket: str) -> Json:
        return self._buckets.patch(bucket, request.json_object())

    def held_permissions(self, request: Request, bucket: str) -> Json:
        asked = parse_qs(request.environ["QUERY_STRING"]).get("permissions", [])
        return held_permissions(asked, f"projects/_/buckets/{bucket}")

    def delete_bucket(self, _request: Request, bucket: str) -> Response:
        self._buckets.delete(bucket)
        return Response(status=204)

    def list_objects(self, request: Request, bucket: str) -> Json:
        page = self._store.list(bucket, ListQuery.from_query(request.args))
        listing: Json = {"kind": "storage#objects"}
        listing["items"] = [stored.resource(self._base_url) for stored in page.objects]
        if page.prefixes:
            listing["prefixes"] = page.prefixes
        if page.next_token:
            listing["nextPageToken"] = page.next_token
        return listing

    def get_object(self, request: Request, bucket: str, name: str) -> Json | Response:
        if request.args.get("alt") == "media":
            return self.download(request, bucket, name)
        return self._store.get(_source(request, bucket, name)).resource(self._base_url)

    def download(self, request: Request, bucket: str, name: str) -> Response:
        return media_response(self._store, _source(request, bucket, name), request)

    def patch_object(self, request: Request, bucket: str, name: str) -> Json:
        stored = self._store.patch(_source(request, bucket, name), request.json_object())
        return stored.resource(self._base_url)

    def delete_object(self, request: Request, bucket: str, name: str) -> Response:
        self._store.delete(_source(request, bucket, name))
        return Response(status=204)

    def compose(self, request: Request, bucket: str, name: str) -> Json:
        composition = request.json_object()
        sources = [_component(bucket, item) for item in composition.get("sourceObjects", [])]
        if not 1 <= len(sources) <= _MAX_COMPONENTS:
            raise StorageError(400, "invalid", f"A compose needs 1 to {_MAX_COMPONENTS} sources, not {len(sources)}.")
        fields = writable_fields(composition.get("destination") or {})
        found, closing, files = self._store.open_all(sources)
        with closing, self._blobs.receiving() as target:
            with target.open("wb") as out:
                for file in files:
                    shutil.copyfileobj(file, out, _BLOCK)
            fields["componentCount"] = sum(stored.fields.get("componentCount", 1) for stored in found)
            draft = _draft(request, bucket, name, fields)
            stored = self._store.commit(draft, measure(target, composite=True))
        return stored.resource(self._base_url)

    def copy(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Json:
        return self._copy(request, bucket, name, to_bucket, to_name)

    def rewrite(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Json:
        resource = self._copy(request, bucket, name, to_bucket, to_name)
        size = resource["size"]
        progress = {"kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size, "done": True}
        return progress | {"resource": resource}

    def _copy(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Json:
        source = CopySource(
            bucket=bucket,
            name=name,
            generation=read_number(request.args.get("sourceGeneration"), "sourceGeneration"),
            preconditions=Preconditions.from_query(request.args, "ifSource"),
        )
        draft = _draft(request, to_bucket, to_name, writable_fields(request.json_object()))
        return self._store.copy(source, draft).resource(self._base_url)


def _source(request: Request, bucket: str, name: str) -> CopySource:
    return CopySource(
        bucket=bucket,
        name=name,
        generation=read_number(request.args.get("generation"), "generation"),
        preconditions=Preconditions.from_query(request.args),
    )


def _component(bucket: str, item: dict[str, Any]) -> CopySource:
    return CopySource(
        bucket=bucket,
        name=str(item.get("name", "")),
        generation=read_number(item.get("generation"), "generation"),
        preconditions=Preconditions.from_query(item.get("objectPreconditions") or {}),
    )


def _draft(request: Request, bucket: str, name: str, fields: Json) -> Draft:
    return Draft(bucket=bucket, name=name, fields=fields, preconditions=Preconditions.from_query(request.args))
