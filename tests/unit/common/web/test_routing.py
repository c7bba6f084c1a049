import io
import json
from urllib.parse import quote

import pytest
from flask import Request, Response

from common.errors import ConflictError, NotFoundError, UnavailableError
from common.telemetry import request_fields
from common.web.answers import answer_json
from common.web.routing import Handler, Routes, serve
from tests.unit.common.web.conftest import Records
from tests.unit.common.web.messages import json_in, make_request

TRACE = "0123456789abcdef0123456789abcdef"


def named(name: str) -> Handler:
    return lambda _request, **parts: answer_json({"handler": name, **parts})


def unlucky(_request: Request) -> Response:
    raise KeyError("SELECT secret FROM users")


def away(_request: Request) -> Response:
    raise UnavailableError("the database is away", retry_after_s=7)


def telling(_request: Request) -> Response:
    return answer_json(request_fields.get())


ROUTES = Routes(
    {
        ("GET", "/api/runs"): named("list"),
        ("POST", "/api/runs"): named("submit"),
        ("GET", "/api/runs/<run_id>"): named("run"),
        ("DELETE", "/api/runs/<run_id>"): named("cancel"),
        ("GET", "/api/pipelines/<path:name>"): named("pipeline"),
        ("GET", "/api/pipelines/<path:name>/schema"): named("schema"),
        ("POST", "/api/pipelines/<path:name>/validate"): named("validate"),
        ("GET", "/api/benchling/runs/<anything:name>/samples"): named("samples"),
        ("GET", "/api/benchling/runs/<anything:name>/samplesheet"): named("sheet"),
        ("GET", "/unlucky"): unlucky,
        ("GET", "/away"): away,
        ("GET", "/telling"): telling,
    },
    project="lab",
)


def ask(path: str, method: str = "GET", **headers: str) -> Response:
    named_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return serve(ROUTES, make_request(path, method=method, headers=named_headers))


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/runs", {"handler": "list"}),
        ("POST", "/api/runs", {"handler": "submit"}),
        ("GET", "/api/runs/run-1a2b3c4d", {"handler": "run", "run_id": "run-1a2b3c4d"}),
        ("DELETE", "/api/runs/run-1a2b3c4d", {"handler": "cancel", "run_id": "run-1a2b3c4d"}),
        ("GET", "/api/pipelines/nf-core/scrnaseq", {"handler": "pipeline", "name": "nf-core/scrnaseq"}),
        ("GET", "/api/pipelines/nf-core%2Fscrnaseq", {"handler": "pipeline", "name": "nf-core/scrnaseq"}),
        ("GET", "/api/pipelines/plain", {"handler": "pipeline", "name": "plain"}),
        ("GET", "/api/pipelines/nf-core/scrnaseq/schema", {"handler": "schema", "name": "nf-core/scrnaseq"}),
        ("GET", "/api/pipelines/nf-core%2Fscrnaseq/schema", {"handler": "schema", "name": "nf-core/scrnaseq"}),
        ("POST", "/api/pipelines/nf-core/scrnaseq/validate", {"handler": "validate", "name": "nf-core/scrnaseq"}),
        ("GET", "/health", {"status": "ok"}),
        ("GET", "/ready", {"status": "ready"}),
    ],
)
def test_an_address_finds_its_handler(method: str, path: str, expected: dict[str, str]) -> None:
    response = ask(path, method)
    assert (response.status_code, json_in(response)) == (200, expected)


@pytest.mark.parametrize(
    "name",
    ["a/b", "/a", "a/", "//", "samples", "a/samples", "a/samplesheet/b", "a%b", "tab\there", "'\"", "ü 🧬", "."],
)
@pytest.mark.parametrize(("what", "handler"), [("samples", "samples"), ("samplesheet", "sheet")])
def test_a_part_with_any_characters_ends_at_the_fixed_text(name: str, what: str, handler: str) -> None:
    response = ask(f"/api/benchling/runs/{quote(name, safe='')}/{what}")
    assert json_in(response) == {"handler": handler, "name": name}


@pytest.mark.parametrize("path", ["/api/benchling/runs//samples", "/api/benchling/runs/samples"])
def test_a_part_with_any_characters_is_never_empty(path: str) -> None:
    assert ask(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/api/runs/", "/api/runs/a/b", "/api/runs//", "/api//runs", "/api/pipelines/", "/health/x"],
)
def test_an_unknown_address_is_not_found(path: str) -> None:
    response = ask(path)
    assert (response.status_code, json_in(response)["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/runs/a%00b", "/api/pipelines/nf-core/%00/schema"])
def test_a_path_with_a_nul_character_is_not_found(path: str) -> None:
    assert ask(path).status_code == 404


def test_an_unknown_method_is_answered_with_the_allowed_ones() -> None:
    response = ask("/api/runs/run-1", "PUT")
    assert (response.status_code, json_in(response)["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_the_most_specific_address_decides_the_methods() -> None:
    assert ask("/api/pipelines/nf-core/scrnaseq/validate").status_code == 405


def test_options_lists_the_methods() -> None:
    response = ask("/api/runs", "OPTIONS")
    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_head_is_answered_like_get() -> None:
    response = ask("/api/runs", "HEAD")
    assert response.status_code == 200
    assert response.content_length == len('{"handler":"list"}')


def test_readiness_is_checked_on_each_request() -> None:
    def ready() -> None:
        raise UnavailableError("the database is away", retry_after_s=7)

    response = serve(Routes({}, ready=ready), make_request("/ready"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "7")
    assert json_in(response)["code"] == "UNAVAILABLE"


def test_health_needs_nothing() -> None:
    def ready() -> None:
        raise UnavailableError("the database is away")

    assert serve(Routes({}, ready=ready), make_request("/health")).status_code == 200


@pytest.mark.parametrize("error", [NotFoundError("no such run"), ConflictError("it is over")])
def test_our_own_errors_have_the_standard_form(error: NotFoundError | ConflictError, logged: Records) -> None:
    def handler(_request: Request) -> Response:
        raise error

    response = serve(Routes({("GET", "/x"): handler}), make_request("/x"))
    assert (json_in(response)["detail"], json_in(response)["code"]) == (error.message, error.code)
    assert json_in(response)["request_id"] == response.headers["X-Request-Id"]
    assert [vars(record)["action"] for record in logged.records] == ["request_failed"]


def test_an_unexpected_error_gives_the_caller_only_the_request_id() -> None:
    response = ask("/unlucky")
    assert response.status_code == 500
    assert json_in(response) == {
        "error": "Internal error",
        "detail": "an internal error occurred; report it with the request id",
        "code": "INTERNAL",
        "request_id": response.headers["X-Request-Id"],
    }


def test_an_unexpected_error_is_logged_once_in_full(logged: Records) -> None:
    response = ask("/unlucky", X_Cloud_Trace_Context=f"{TRACE}/1;o=1")
    entry, answered = map(json.loads, logged.lines)
    assert (answered["action"], answered["status"]) == ("request_failed", 500)
    assert entry["severity"] == "ERROR"
    assert entry["request_id"] == response.headers["X-Request-Id"]
    assert entry["logging.googleapis.com/trace"] == f"projects/lab/traces/{TRACE}"
    assert "SELECT secret FROM users" in entry["stack_trace"]


def test_telemetry_carries_the_request_id_only_during_the_request() -> None:
    response = ask("/telling", X_Cloud_Trace_Context=TRACE)
    assert json_in(response) == {
        "request_id": response.headers["X-Request-Id"],
        "logging.googleapis.com/trace": f"projects/lab/traces/{TRACE}",
    }
    assert request_fields.get() is None


@pytest.mark.parametrize("path", ["/api/runs", "/nothing", "/unlucky", "/away", "/health"])
def test_every_answer_has_a_request_id_and_is_neither_stored_nor_sniffed(path: str) -> None:
    headers = ask(path).headers
    assert len(headers["X-Request-Id"]) == 32
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_handler_can_set_its_own_cache_control() -> None:
    def handler(_request: Request) -> Response:
        return answer_json({}, headers={"Cache-Control": "public, max-age=60"})

    assert serve(Routes({("GET", "/x"): handler}), make_request("/x")).headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("POST", "/nowhere"), ("PUT", "/api/runs")])
def test_an_unread_body_stays_unread_after_the_answer(method: str, path: str) -> None:
    class Unread(io.BytesIO):
        def read(self, *_size: int | None) -> bytes:
            raise AssertionError("the body is read")

    request = make_request(path, method=method, body=b"x" * 100)
    request.environ["wsgi.input"] = Unread()
    serve(ROUTES, request)
    assert request.get_data() == b""
