"""A small client of Cloud Storage's JSON API for whole objects; it starts faster than Google's client."""

from collections.abc import Iterator
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from localdev.stack.secret import Login
from localdev.stand_ins.http.session import local_session

_TIMEOUT_S = 60


class ObjectClient:
    """Lists, reads and writes objects. Raises requests.RequestException for errors of the connection or of Storage."""

    def __init__(self, url: str, login: Login | None = None) -> None:
        self._url = url.rstrip("/")
        self._session = retrying_session(login)

    def close(self) -> None:
        self._session.close()

    def names(self, bucket: str, prefix: str) -> Iterator[str]:
        """The names that begin with `prefix`, sorted."""
        query = {"prefix": prefix, "fields": "items(name),nextPageToken"}
        while True:
            page = self._get(f"/storage/v1/b/{bucket}/o", query).json()
            yield from (item["name"] for item in page.get("items", []))
            if "nextPageToken" not in page:
                return
            query["pageToken"] = page["nextPageToken"]

    def read(self, bucket: str, name: str) -> bytes:
        return self._get(f"/download/storage/v1/b/{bucket}/o/{quote(name, safe='')}", {"alt": "media"}).content

    def write(self, bucket: str, name: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Create the object, or replace it."""
        response = self._session.post(
            f"{self._url}/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "media", "name": name},
            data=data,
            headers={"content-type": content_type},
            timeout=_TIMEOUT_S,
        )
        response.raise_for_status()

    def _get(self, path: str, query: dict[str, str]) -> requests.Response:
        response = self._session.get(self._url + path, params=query, timeout=_TIMEOUT_S)
        response.raise_for_status()
        return response


def retrying_session(login: Login | None = None) -> requests.Session:
    """A session that retries for about six seconds when the server is down or overloaded, as Google's clients do."""
    retry = Retry(total=6, backoff_factor=0.1, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None)
    session = local_session(login)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session


def bucket_and_name(uri: str) -> tuple[str, str]:
    """The parts of gs://bucket/name; the name may be empty."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    return bucket, name
