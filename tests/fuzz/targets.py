"""What is fuzzed: every reader of what others write, and the HTTP addresses that need no database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from flask import Request
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.batch.task import batch_task_of
from common.domain.nextflow.config.user_config import faults_in_config, warnings_in_config
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogReader
from common.domain.nextflow.trace.reader import TraceReader
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.runs.access import Caller
from common.domain.text.secrets import hide_in, hide_in_text
from common.errors import ValidationError
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.limits import UserRate
from common.web.query import Query, read_query
from common.web.routing import serve
from functions.pipelines.endpoints import PipelineEndpoints
from tools.openapi.addresses import public_addresses


def _parameters(reader: Callable[[Query], object]) -> list[str]:
    query = Query([])
    reader(query)
    return list(query.read)


REGISTRY: Final = PipelineRegistry.load()
_RELEASE: Final = REGISTRY.get_pipeline("nf-core/scrnaseq", None)
_ENDPOINTS: Final = PipelineEndpoints(
    lambda _headers: Caller(email="fuzzer@lab.example"),
    REGISTRY,
    ChildJobSettings(
        project="lab",
        location="europe-west1",
        service_account="head@lab",
    ),
    checks=UserRate("checks", 1 << 40),
)
_QUERIES: Final = [each.operation.query for each in public_addresses() if each.operation.query]
_NAMES: Final = sorted({name for reader in _QUERIES for name in _parameters(reader)})


class Target(NamedTuple):
    """A function that must bear every input, and the inputs."""

    name: str
    inputs: st.SearchStrategy[Any]
    bear: Callable[[Any], object]


def _built_of(*pieces: str) -> st.SearchStrategy[str]:
    """Texts made of pieces that mean something to a reader, and of anything."""
    return st.lists(st.sampled_from(pieces) | st.text(max_size=8), max_size=40).map("".join)


def _log(data: bytes) -> None:
    reader = LogReader(datetime(2026, 11, 23, tzinfo=UTC))
    for record in [*reader.feed(data), *reader.finish()]:
        facts_of(record)


def _trace(data: bytes) -> None:
    reader = TraceReader()
    reader.feed(data)
    reader.finish()


def _config(text: str) -> None:
    faults_in_config(text, field="config_content")
    warnings_in_config(text, field="config_content")


def _query(drawn: tuple[int, list[tuple[str, str]]]) -> None:
    reader = _QUERIES[drawn[0] % len(_QUERIES)]
    try:
        read_query(drawn[1], reader)
    except ValidationError:
        return


def _request(drawn: tuple[str, str, bytes, str]) -> None:
    method, path, body, media = drawn
    builder = EnvironBuilder(path="/" + path.lstrip("/"), method=method, data=body, content_type=media)
    answer = serve(_ENDPOINTS.routes, Request(builder.get_environ()))
    if answer.status_code >= 500:
        raise AssertionError(f"{method} {path} is {answer.status_code}: {answer.get_data()[:300]!r}")
    if answer.status_code >= 400 and method != "HEAD":
        assert set(json.loads(answer.get_data())) >= {"error", "detail", "code"}


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
_FIELDS: Final = st.sampled_from(
    ["pipeline_version", "params", "samplesheet_csv", "config_content", "limits", "processes", "retries", "spot"]
)
_BODIES: Final = st.dictionaries(_FIELDS | st.text(max_size=8), _JSON, max_size=6).map(
    lambda body: json.dumps(body).encode()
) | st.binary(max_size=200)
_PATHS: Final = st.sampled_from(
    [f"api/pipelines/nf-core/scrnaseq{end}" for end in ("", "/schema", "/validate", "/config")]
    + ["api/pipelines", "openapi.json", "docs", "health"]
) | st.text(max_size=40)

_LOG_PIECES: Final = (
    *("Nov-23 08:15:02.113 [main] DEBUG nextflow.cli.Launcher - ", "\n", "[ab/cdef01] Submitted process > ALIGN (a)"),
    *("Task completed > TaskHandler[id: 1; name: ALIGN (a); status: COMPLETED; exit: 0; ", "workDir: gs://w/ab/cd]"),
    *("Error executing process > 'ALIGN (a)'", "Caused by:", "Execution complete -- Goodbye", "Session aborted", "-"),
)
_SECRETS: Final = (
    *("password", "=", "'", '"', "token: ", "eyJ", ".", "-----BEGIN " + "PRIVATE KEY-----", "://a:b@", "\\", " "),
)
_GROOVY: Final = (
    *(
        "process",
        " {",
        "}",
        "executor",
        " = ",
        "'local'",
        '"',
        "'''",
        "/*",
        "*/",
        "//",
        "\n",
        ".",
        "with(",
        ")",
        "if (",
    ),
    *("includeConfig ", "this.", "params.", "${", "put(", "[", "]", ":", "\\", "withName: ", "~/", "$/", "/$"),
)
_SHEET: Final = _built_of("sample,fastq_1,fastq_2\n", "a,", "gs://lab/a_1.fq.gz", ",", '"', "\n", "\r", "\ufeff")
_TRACE: Final = _built_of("task_id\thash\tname\tstatus\n", "1\tab/cdef01\tALIGN\tCOMPLETED\n", "\t", "\n", "-")
_PAIRS: Final = st.lists(st.tuples(st.sampled_from(_NAMES) | st.text(max_size=12), st.text(max_size=40)), max_size=5)
_METHODS: Final = st.sampled_from(["GET", "POST", "HEAD", "PUT", "FOO"])
_MEDIA: Final = st.sampled_from(["application/json", "text/plain", "a/b"])

TARGETS: Final = (
    Target("log", _built_of(*_LOG_PIECES).map(str.encode) | st.binary(max_size=400), _log),
    Target("trace", _TRACE.map(str.encode) | st.binary(max_size=400), _trace),
    Target("samplesheet", _SHEET, lambda text: read_sample_sheet(text, _RELEASE, fill={})),
    Target("config", _built_of(*_GROOVY), _config),
    Target("secrets", _built_of(*_SECRETS), hide_in_text),
    Target("secret values", st.dictionaries(st.text(max_size=10), _JSON), hide_in),
    Target("native id", st.text(max_size=60), batch_task_of),
    Target("query", st.tuples(st.integers(0, 99), _PAIRS), _query),
    Target("requests", st.tuples(_METHODS, _PATHS, _BODIES, _MEDIA), _request),
)
