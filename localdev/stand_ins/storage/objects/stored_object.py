"""What an object is: one version of the bytes under a name, with the fields that its resource shows."""

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
    """The live version of one object; `fields` are those of its resource that are not columns of their own."""

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    fields: Json

    def resource(self, base_url: str) -> Json:
        """The JSON that the API and the finalized event show: numbers are strings, as Google sends them."""
        place = f"storage/v1/b/{quote(self.bucket, safe='')}/o/{quote(self.name, safe='')}"
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{base_url}/{place}",
            "mediaLink": f"{base_url}/download/{place}?generation={self.generation}&alt=media",
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
    """Of what a client sent, the fields that are its to choose."""
    return {name: fields[name] for name in _WRITABLE if fields.get(name) is not None}


def patched(fields: Json, changes: Json) -> Json:
    """`fields` after a JSON merge patch: null removes, `metadata` is merged key by key."""
    kept = {name: value for name, value in fields.items() if name not in changes or name not in _WRITABLE}
    chosen = writable_fields(changes)
    if "metadata" in chosen:
        merged = {**fields.get("metadata", {}), **chosen["metadata"]}
        chosen["metadata"] = {key: value for key, value in merged.items() if value is not None}
    return kept | chosen


def timestamp() -> str:
    """Now, as resources show times."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
