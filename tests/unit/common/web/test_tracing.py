import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.web.tracing import TRACE_FIELD, fields_of_request

TRACE = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Cloud-Trace-Context": TRACE},
        {"X-Cloud-Trace-Context": f"{TRACE}/123"},
        {"X-Cloud-Trace-Context": f"{TRACE}/123;o=1"},
        {"traceparent": f"00-{TRACE}-0123456789abcdef-01"},
    ],
)
def test_a_trace_has_the_name_that_cloud_logging_expects(headers: dict[str, str]) -> None:
    assert fields_of_request(headers, project="lab")[TRACE_FIELD] == f"projects/lab/traces/{TRACE}"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Cloud-Trace-Context": ""},
        {"X-Cloud-Trace-Context": "abc/1"},
        {"X-Cloud-Trace-Context": TRACE + "0"},
        {"traceparent": TRACE},
        {"traceparent": f"00-{TRACE}-x-01"},
    ],
)
def test_a_malformed_trace_is_ignored(headers: dict[str, str]) -> None:
    assert TRACE_FIELD not in fields_of_request(headers, project="lab")


def test_there_is_no_trace_field_without_a_project() -> None:
    assert TRACE_FIELD not in fields_of_request({"X-Cloud-Trace-Context": TRACE}, project=None)


def test_a_plain_request_id_is_kept() -> None:
    assert fields_of_request({"X-Request-Id": "ui-1234.5_6"}, project=None)["request_id"] == "ui-1234.5_6"


@pytest.mark.parametrize("given_id", ["", "short", "x" * 65, 'quote"quote', "line\nbreak", "caf\u00e9-12345"])
def test_an_invalid_request_id_is_replaced(given_id: str) -> None:
    assert fields_of_request({"X-Request-Id": given_id}, project=None)["request_id"] != given_id


def test_each_request_has_its_own_id() -> None:
    first, second = fields_of_request({}, project=None), fields_of_request({}, project=None)
    assert first["request_id"] != second["request_id"]


@given(st.text(), st.text(), st.text())
def test_any_header_value_can_be_read(request_id: str, cloud: str, w3c: str) -> None:
    headers = {"X-Request-Id": request_id, "X-Cloud-Trace-Context": cloud, "traceparent": w3c}
    assert fields_of_request(headers, project="lab")["request_id"]
