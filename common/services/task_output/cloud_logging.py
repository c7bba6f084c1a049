"""CloudLogging: reads the output of Batch tasks from Cloud Logging (REST, v2).

Written without the client library, which takes 300 ms and 40 MB to start, for the one call that is needed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from common.domain.batch.task import LOG_ID, LOG_RESOURCE, BatchTask
from common.domain.tasks.output import Tail
from common.domain.text.storable import storable_text
from common.errors import TooManyRequestsError, UnavailableError
from common.services.google_clients import role_missing, translate_google_errors

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession
    from requests import Response

_SERVICE: Final = "Cloud Logging"
_ADDRESS: Final = "https://logging.googleapis.com"
_SCOPE: Final = "https://www.googleapis.com/auth/logging.read"
_FIELDS: Final = "entries(textPayload,jsonPayload),nextPageToken"  # without labels, which are longer than most lines
_TIMEOUT_S: Final = (5.0, 30.0)
_PAGE_SIZES: Final = (1000, 50)  # entries may have 256 KiB: 1,000 of those do not fit into memory
_LARGEST_PAGE_BYTES: Final = 32 << 20
_MOST_PAGES: Final = 5
_LONGEST_REFUSAL: Final = 1000  # characters
_RETRY_AFTER_S: Final = 30  # Google does not say how long to wait


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """The project whose log entries are read, through a view that shows what tasks print and nothing else."""

    project: str
    view: str  # projects/P/locations/L/buckets/B/views/V
    endpoint: str | None  # http://host:port in place of Google's


class CloudLogging:
    """Reads log entries; `take_read` is called before each read and raises TooManyRequestsError when none is left."""

    def __init__(self, settings: LoggingSettings, take_read: Callable[[], None]) -> None:
        self._settings, self._take_read = settings, take_read

    @cached_property
    def _session(self) -> "AuthorizedSession":
        import google.auth  # noqa: PLC0415 see google_clients
        from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415

        if self._settings.endpoint:
            return AuthorizedSession(AnonymousCredentials())
        credentials, _project = google.auth.default(scopes=[_SCOPE])
        return AuthorizedSession(credentials)

    def task_tail(self, task: BatchTask, *, since: datetime, at_most: int) -> Tail:
        """The last lines that a task printed after `since`: at most `at_most` characters, and what 5 reads return.

        Raises TooManyRequestsError and UnavailableError, but only when the first read fails.
        """
        lines: list[str] = []
        length, is_cut = 0, False
        for page in self._pages(entry_filter(self._settings.project, task, since)):
            if page is None:
                is_cut = True
                break
            lines += page
            length += sum(len(line) + 1 for line in page)
            if length > at_most:
                break
        text = storable_text("".join(f"{line}\n" for line in reversed(lines)))
        return Tail(text[-at_most:], is_cut=is_cut or len(text) > at_most)

    def _pages(self, filter_text: str) -> Iterator[Sequence[str] | None]:
        """Pages of lines, the newest first; None at the end when older lines were left out."""
        query: dict[str, Any] = {
            "resourceNames": [self._settings.view],
            "filter": filter_text,
            "orderBy": "timestamp desc",
        }
        for number in range(_MOST_PAGES):
            try:
                page = self._page(query)
            except (TooManyRequestsError, UnavailableError):
                if number == 0:
                    raise
                break
            yield [_text_of(entry) for entry in page.get("entries", [])]
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]
        yield None

    def _page(self, query: dict[str, Any]) -> dict[str, Any]:
        """One response. Sets the page size in `query`, because all pages must have the same size."""
        for size in (query["pageSize"],) if "pageSize" in query else _PAGE_SIZES:
            self._take_read()
            body = self._read(query | {"pageSize": size})
            if body is not None:
                query["pageSize"] = size
                page: dict[str, Any] = json.loads(body)
                return page
        raise UnavailableError(
            f"{_SERVICE} returned more than {_LARGEST_PAGE_BYTES >> 20} MiB in one response; try again"
        )

    def _read(self, query: dict[str, Any]) -> bytes | None:
        """The body of one response; None when it is too large."""
        address = f"{self._settings.endpoint or _ADDRESS}/v2/entries:list"
        with (
            translate_google_errors(_SERVICE),
            self._session.post(
                address, params={"fields": _FIELDS}, json=query, timeout=_TIMEOUT_S, stream=True
            ) as response,
        ):
            _require_success(response)
            body = bytearray()
            for piece in response.iter_content(1 << 20):
                body += piece
                if len(body) > _LARGEST_PAGE_BYTES:
                    return None
        return bytes(body)


def entry_filter(project: str, task: BatchTask, since: datetime) -> str:
    """The filter for the entries of one Batch task after `since`; without a time only the last day is searched."""
    terms = {
        "resource.type": LOG_RESOURCE,
        "logName": f"projects/{project}/logs/{LOG_ID}",
        **{f"labels.{name}": value for name, value in task.log_labels.items()},
    }
    equal = [f"{field}={_quoted(value)}" for field, value in terms.items()]
    return " AND ".join([*equal, f"timestamp>={_quoted(since.astimezone(UTC).isoformat())}"])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text_of(entry: dict[str, Any]) -> str:
    payload = entry.get("jsonPayload", {})
    text = entry.get("textPayload", payload.get("message"))
    return text.rstrip("\n") if isinstance(text, str) else json.dumps(payload, ensure_ascii=False)


def _require_success(response: "Response") -> None:
    if response.status_code == 429:
        raise TooManyRequestsError(
            f"the quota of {_SERVICE} is used up; try again in {_RETRY_AFTER_S} s", retry_after_s=_RETRY_AFTER_S
        )
    if response.status_code == 403:
        raise role_missing(
            _SERVICE, "roles/logging.viewAccessor on the view of task output", response.text[:_LONGEST_REFUSAL]
        )
    if response.status_code >= 500:
        raise UnavailableError(f"{_SERVICE} is unavailable; try again")
    response.raise_for_status()
