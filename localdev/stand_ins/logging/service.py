"""The stand-in for Cloud Logging: the REST API v2 that writes, lists and deletes entries.

Left out: buckets (but for one view), sinks, metrics, tailing, retention, quotas, and permissions except those to write
and to list.
"""

import base64
import binascii
import re
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.permissions import held_permissions, require_permission
from localdev.stand_ins.http.proto_json import NANOSECONDS, read_enum, read_int32, read_timestamp, write_timestamp
from localdev.stand_ins.http.rest_service import RestService, Route
from localdev.stand_ins.logging.entry_store import EntryStore, ScanPosition
from localdev.stand_ins.logging.filter_match import SEVERITIES
from localdev.stand_ins.logging.filter_syntax import parse_filter
from localdev.stand_ins.logging.views import shows

_LOG_NAME = re.compile(r"(projects|organizations|folders|billingAccounts)/[^/]+/logs/[A-Za-z0-9/_.%-]{1,511}")
_ORDERS = {"": False, "timestamp": False, "timestamp asc": False, "timestamp desc": True}  # newest first?
_MAX_AHEAD_NS = 24 * 3600 * NANOSECONDS
_DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 1000


class LoggingStandIn(RestService):
    """Cloud Logging on 127.0.0.1:`port` (0 for a free one), with its entries in `folder`."""

    def __init__(self, port: int, folder: Path) -> None:
        self._store = EntryStore(folder)
        routes: list[Route] = [
            ("POST", "/v2/entries:write", self._write),
            ("POST", "/v2/entries:list", self._list),
            ("GET", '/v2/<resource("projects/*"):parent>/logs', self._list_logs),
            ("POST", '/v2/<resource("projects/*/locations/*/buckets/*/views/*"):name>:testIamPermissions', _held),
            ("DELETE", '/v2/<resource("projects/*"):parent>/logs/<rest:log_id>', self._delete_log),
        ]
        super().__init__(port, routes)

    def closed(self) -> None:
        self._store.close()

    def _write(self, request: Request) -> Json:
        """Store all entries or none, with partialSuccess the valid ones. Raises the first ServiceError."""
        body = request.json_object()
        for log_name in {body.get("logName", ""), *(sent.get("logName", "") for sent in body.get("entries", []))} - {
            ""
        }:
            require_permission("logging.logEntries.create", log_name.partition("/logs/")[0])
        common: Json = {name: body[name] for name in ("logName", "resource", "labels") if name in body}
        entries, errors = [], []
        for sent in body.get("entries", []):
            try:
                entries.append(_complete(sent, common))
            except ServiceError as error:
                errors.append(error)
        dry_run = body.get("dryRun") or body.get("dry_run")
        if not dry_run and (not errors or body.get("partialSuccess")):
            self._store.add(entries)
        if errors:
            raise errors[0]
        return {}

    def _list(self, request: Request) -> Json:
        body = request.json_object()
        parents, order = body.get("resourceNames", []), " ".join(body.get("orderBy", "").split())
        size = read_int32(body.get("pageSize"), "page_size") or _DEFAULT_PAGE_SIZE
        if not parents:
            raise ServiceError(400, "At least one resource name is required.")
        for name in parents:
            is_view = "/views/" in name
            require_permission("logging.views.access" if is_view else "logging.logEntries.list", name)
        matches, is_visible = parse_filter(body.get("filter", "")), shows(parents)
        if order not in _ORDERS:
            raise ServiceError(400, f"orderBy must be 'timestamp asc' or 'timestamp desc', not {order!r}.")
        if not 0 < size <= _MAX_PAGE_SIZE:
            raise ServiceError(400, f"pageSize must be between 0 and {_MAX_PAGE_SIZE}.")
        entries, last = self._store.page(
            lambda entry: is_visible(entry) and matches(entry),
            newest_first=_ORDERS[order],
            size=size,
            after=_read_token(body.get("pageToken", "")),
        )
        return {"entries": entries} | ({"nextPageToken": _write_token(last)} if last else {})

    def _list_logs(self, _request: Request, parent: str) -> Json:
        return {"logNames": self._store.log_names(parent)}

    def _delete_log(self, _request: Request, parent: str, log_id: str) -> Json:
        if not self._store.delete_log(f"{parent}/logs/{quote(log_id, safe='')}"):
            raise ServiceError(404, "Requested entity was not found.")
        return {}


def _held(request: Request, name: str) -> Json:
    return held_permissions(request.json_object().get("permissions", []), name)


def _complete(sent: Mapping[str, Any], common: Mapping[str, Any]) -> Json:
    """The entry to store: with the `common` fields of the request and defaults for absent fields."""
    now = write_timestamp(time.time_ns())
    entry = {"timestamp": now, **common, **sent, "receiveTimestamp": now}
    if not _LOG_NAME.fullmatch(entry.get("logName", "")):
        raise ServiceError(
            400, f"Invalid log name {entry.get('logName')!r}, expected projects/[PROJECT_ID]/logs/[LOG_ID]."
        )
    if not 0 <= read_timestamp(entry["timestamp"]) <= time.time_ns() + _MAX_AHEAD_NS:
        raise ServiceError(400, "LogEntry.timestamp must not be more than 24 hours in the future, nor before 1970.")
    return entry | {
        "severity": read_enum(entry.get("severity", 0), SEVERITIES),
        "insertId": entry.get("insertId") or uuid.uuid4().hex[:16],
        "labels": {**common.get("labels", {}), **sent.get("labels", {})},
    }


def _write_token(cursor: ScanPosition) -> str:
    return base64.urlsafe_b64encode(f"{cursor.timestamp_ns}:{cursor.position}".encode()).decode()


def _read_token(token: str) -> ScanPosition | None:
    if not token:
        return None
    try:
        timestamp_ns, position = base64.urlsafe_b64decode(token).decode().split(":")
        return ScanPosition(int(timestamp_ns), int(position))
    except (binascii.Error, ValueError) as error:
        raise ServiceError(400, "page_token is invalid.") from error
