import io
import json
import logging
from typing import Any

from common.telemetry import JsonFormatter, audit, request_fields, start_telemetry, telemetry
from tests.support.telemetry import fresh_telemetry


def line_of(*, exc_info: Any = None, **extra: object) -> dict[str, Any]:  # noqa: ANN401 whatever logging takes
    """The line that telemetry writes for one record."""
    record = logging.getLogger("sluice.test").makeRecord(
        "sluice.test", logging.WARNING, __file__, 1, "run %s lost", ("run-1",), exc_info, extra=extra
    )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_record_has_the_field_names_of_cloud_logging() -> None:
    line = line_of()
    assert (line["severity"], line["message"], line["logger"]) == ("WARNING", "run run-1 lost", "sluice.test")
    assert line["time"].endswith("+00:00")


def test_extra_values_become_fields() -> None:
    assert line_of(action="run_lost", run_id="run-1")["action"] == "run_lost"


def test_a_field_of_any_type_is_written() -> None:
    assert line_of(thing={1, 2})["thing"] == "{1, 2}"


def test_a_record_has_the_ids_of_the_current_request() -> None:
    token = request_fields.set({"request_id": "r1"})
    try:
        assert line_of()["request_id"] == "r1"
    finally:
        request_fields.reset(token)
    assert "request_id" not in line_of()


def test_an_error_is_written_with_its_stack_trace_on_one_line() -> None:
    line = line_of(exc_info=(ValueError, ValueError("boom"), None))
    assert line["stack_trace"] == "ValueError: boom"


def test_starting_telemetry_twice_writes_each_record_once() -> None:
    stream = io.StringIO()
    with fresh_telemetry():
        start_telemetry(stream)
        start_telemetry(stream)
        telemetry("test").info("hello", extra={"action": "greeted"})
        telemetry("test").debug("too much")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["action"] == "greeted"


def test_an_audit_record_names_action_run_and_user() -> None:
    stream = io.StringIO()
    with fresh_telemetry():
        start_telemetry(stream)
        audit("run recovered", action="run_recovered", run_id="run-1", by="ana@lab.org", parent_run_id="run-0")
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["logger"], line["action"]) == ("sluice.audit", "run_recovered")
    assert (line["run_id"], line["by"], line["parent_run_id"]) == ("run-1", "ana@lab.org", "run-0")
