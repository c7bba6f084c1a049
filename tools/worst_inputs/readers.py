"""The readers of text that others write, called as the functions call them, but without database and network."""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from flask import Request
from werkzeug.test import EnvironBuilder

from common.actions.steps.read_file import ReadFile
from common.actions.submit import SubmitRun
from common.domain.batch.launch_config import ChildJobSettings
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading, end_of_trace, summary_so_far
from common.domain.nextflow.config.user_config import faults_in_config, warnings_in_config
from common.domain.runs.access import Caller
from common.domain.runs.files import NEXTFLOW_LOG, TRACE, Buckets
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.known_tasks import KnownTasks
from common.errors import NotFoundError, SluiceError
from common.schemas.parsing import parse
from common.schemas.runs import MAX_BODY_BYTES, MAX_CONFIG_BYTES, MAX_SAMPLESHEET_BYTES, RunCreateRequest
from common.schemas.users import MAX_BODY_BYTES as MAX_USER_BYTES
from common.schemas.users import UserUpdateRequest
from common.services.pipelines.registry import PipelineRegistry
from common.services.runs.creation import OwnerLimits
from common.services.storage.client import ObjectState
from common.services.storage.file_check import FileCheck
from common.web.bodies.json_object import json_body
from common.web.callers.limits import UserRate
from common.web.file_notices import FileNotice
from functions.pipelines.check_endpoints import CheckEndpoints

FILE_BYTES: Final = 64 << 20  # a log or a trace has no limit; an invocation reads a part of it
NOTICE_BYTES: Final = 1 << 20
_NOW: Final = datetime(2026, 11, 23, tzinfo=UTC)

REGISTRY: Final = PipelineRegistry.load()
_CHECKS: Final = CheckEndpoints(
    lambda _headers: Caller(email="ana@lab.example"),
    REGISTRY,
    ChildJobSettings(project="p", location="l", service_account="s"),
    UserRate("checks", 1_000_000),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader: the largest input that it takes, in bytes, and a function that reads one."""

    name: str
    largest: int
    read: Callable[[bytes], object]


def _request(body: bytes, headers: Mapping[str, str] | None = None) -> Request:
    environ = EnvironBuilder(
        method="POST", input_stream=io.BytesIO(body), headers=(headers or {}).items()
    ).get_environ()
    return Request(environ | {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"})


def _check_run(body: bytes) -> None:
    """POST /api/pipelines/…/validate, whose checks POST /api/runs and …/recover repeat."""
    with suppress(SluiceError):
        _CHECKS.validate(_request(body), "nf-core", "scrnaseq").get_data()


class _Nothing:
    """Stores that hold nothing and take everything."""

    client = retry = property(lambda self: self)

    def list_blobs(self, *_names: object, **_options: object) -> list[Any]:
        return []

    def owners_of(self, _run_ids: object) -> dict[str, str]:
        return {}

    def get_run(self, run_id: str) -> NoReturn:
        raise NotFoundError(run_id)

    def create_run(self, *_run: object, **_limits: object) -> bool:
        return True

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_given, **_named: None


_STORES: Final[Any] = _Nothing()
_SUBMIT: Final = SubmitRun(
    registry=REGISTRY,
    storage=_STORES,
    file_check=FileCheck(_STORES),
    runs=_STORES,
    queue=_STORES,
    buckets=Buckets(runs="runs", logs="logs", work="work"),
    limits=OwnerLimits(per_minute=1, live=1),
    clock=lambda: _NOW,
    number=lambda: 1,
    session=lambda: "s",
)


def _submit_run(body: bytes) -> None:
    """POST /api/runs, which also looks for foreign and missing files."""
    with suppress(SluiceError):
        request = parse(RunCreateRequest, json_body(_request(body), limit_bytes=MAX_BODY_BYTES))
        _SUBMIT.run(request, Caller(email="ana@lab.example"))


def _update_user(body: bytes) -> None:
    with suppress(SluiceError):
        parse(UserUpdateRequest, json_body(_request(body), limit_bytes=MAX_USER_BYTES))


def _take_notice(body: bytes) -> None:
    with suppress(SluiceError):
        FileNotice.of(_request(body, {"ce-type": "google.cloud.storage.object.v1.finalized"}))


def _check_config(config: bytes) -> None:
    text = config.decode("utf-8", "replace")
    faults_in_config(text, field="config_content")
    warnings_in_config(text, field="config_content")


class _OneFile:
    """The storage and the ingest store of one file, in memory."""

    def __init__(self, content: bytes) -> None:
        self._content, self._cursor, self._tasks = content, FileCursor(), KnownTasks([])

    def log_state(self, _run_id: str, _file: str) -> ObjectState:
        return ObjectState(generation=1, size=len(self._content), updated=_NOW)

    def read_log_range(self, _run_id: str, _file: str, _state: ObjectState, *, start: int, end: int) -> bytes:
        return self._content[start:end]

    def cursor(self, _run_id: str, _file: str) -> FileCursor:
        return self._cursor

    def save(self, _run_id: str, _file: str, reading: Reading, *, after: FileCursor, at: datetime) -> FileCursor:
        del after, at
        self._tasks = KnownTasks([])
        for task in reading.tasks:
            self._tasks.merge(task, reading.source)
        self._cursor = reading.cursor
        return self._cursor


def _ingest(file: str, content: bytes) -> FileCursor:
    stored: Any = _OneFile(content)
    action = ReadFile(storage=stored, store=stored, clock=lambda: datetime.now(UTC))
    return action.run(_RUN, file).cursor


def _read_log(content: bytes) -> None:
    """As bucket_watcher does, with the diagnosis that a failing run gets."""
    diagnose(summary_so_far(_ingest(NEXTFLOW_LOG, content), near=_NOW))


def _read_trace(content: bytes) -> None:
    end_of_trace(_ingest(TRACE, content))


_RUN: Final = Run(
    run_id="run-00000000", pipeline="nf-core/scrnaseq", pipeline_version="2.7.1", user_email="ana@lab.example",
    status=RunStatus.RUNNING,
    created_at=_NOW, updated_at=_NOW, gcs_path="gs://runs/runs/run-00000000", params={}, sample_count=1, session_id="s",
)  # fmt: skip

BODY: Final = Reader("body of a run (params, samplesheet, config)", MAX_BODY_BYTES, _check_run)
SUBMIT: Final = Reader("a run that is submitted", MAX_SAMPLESHEET_BYTES, _submit_run)
CONFIG: Final = Reader("config of a run", MAX_CONFIG_BYTES, _check_config)
USER: Final = Reader("body of PATCH /api/users/me", MAX_USER_BYTES, _update_user)
NOTICE: Final = Reader("file notice, work item", NOTICE_BYTES, _take_notice)
LOG: Final = Reader("nextflow.log", FILE_BYTES, _read_log)
TRACE_FILE: Final = Reader("trace.txt", FILE_BYTES, _read_trace)
