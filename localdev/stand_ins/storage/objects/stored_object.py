"""One version of an object, and the fields of its resource."""

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from localdev.stand_ins.http.messages import Json

_WRITABLE = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "metadata",
    "storageClass",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """The live version of one object; `fields` are the fields of its resource without a column."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    fields: Json

    def resource(self, base_url: str) -> Json:
        """The JSON of the API and of the finalized event; numbers are strings, as in Google's API."""
        path = f"storage/v1/b/{quote(self.bucket, safe='')}/o/{quote(self.name, safe='')}"
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{base_url}/{path}",
            "mediaLink": f"{base_url}/download/{path}?generation={self.generation}&alt=media",
            "bucket": self.bucket,
            "name": self.name,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "size": str(self.size),
            "etag": self.etag,
            **self.fields,
        }

    @property
    def etag(self) -> str:
        return base64.b64encode(f"{self.generation}/{self.metageneration}".encode()).decode()


def writable_fields(fields: Mapping[str, Any]) -> Json:
    """The fields that a client may set."""
    return {name: fields[name] for name in _WRITABLE if fields.get(name) is not None}


def patched(fields: Json, changes: Json) -> Json:
    """`fields` after a JSON merge patch: null removes a field, `metadata` is merged key by key."""
    kept = {name: value for name, value in fields.items() if name not in changes or name not in _WRITABLE}
    chosen = writable_fields(changes)
    if "metadata" in chosen:
        merged = {**fields.get("metadata", {}), **chosen["metadata"]}
        chosen["metadata"] = {key: value for key, value in merged.items() if value is not None}
    return kept | chosen


def timestamp() -> str:
    """The current time as in resources."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
