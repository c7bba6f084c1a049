import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import TooManyRequestsError
from common.schemas.paging import Page
from common.web.answers import answer_error, answer_json, with_etag
from tests.unit.common.web.messages import json_in, make_request

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON_VALUES)
def test_a_payload_arrives_unchanged(payload: object) -> None:
    assert json.loads(answer_json(payload).data) == payload


def test_an_answer_has_its_status_type_and_headers() -> None:
    response = answer_json({"run_id": "run-1"}, 201, {"Location": "/api/runs/run-1"})
    assert (response.status_code, response.content_type) == (201, "application/json")
    assert response.headers["Location"] == "/api/runs/run-1"


def test_a_pydantic_model_is_sent_as_its_json() -> None:
    model = Page(total=1, page_size=25)
    assert json.loads(answer_json(model).data) == model.model_dump(mode="json")


def test_bytes_are_sent_unchanged() -> None:
    assert answer_json(b'{"a": 1}').data == b'{"a": 1}'


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_nan_and_infinity_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        answer_json({"progress": number})


def test_an_unpaired_surrogate_is_replaced() -> None:
    assert json.loads(answer_json({"message": "\ud800!"}).data) == {"message": "?!"}


def test_an_unchanged_answer_has_no_body() -> None:
    tag = with_etag(make_request(), {"status": "running"}).headers["ETag"]
    response = with_etag(make_request(headers={"If-None-Match": tag}), {"status": "running"})
    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == tag
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Content-Type" not in response.headers


def test_a_changed_answer_is_sent_in_full() -> None:
    tag = with_etag(make_request(), {"status": "running"}).headers["ETag"]
    response = with_etag(make_request(headers={"If-None-Match": tag}), {"status": "completed"})
    assert (response.status_code, json_in(response)) == (200, {"status": "completed"})
    assert response.headers["ETag"] != tag


@pytest.mark.parametrize("form", ['"{}"', 'W/"{}"', '"other", W/"{}"', "*"])
def test_every_form_of_if_none_match_is_understood(form: str) -> None:
    tag = with_etag(make_request(), {}).get_etag()[0] or ""
    assert with_etag(make_request(headers={"If-None-Match": form.format(tag)}), {}).status_code == 304


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255)))
def test_any_if_none_match_is_accepted(header: str) -> None:
    assert with_etag(make_request(headers={"If-None-Match": header}), {}).status_code in {200, 304}


def test_an_error_becomes_its_answer() -> None:
    response = answer_error(TooManyRequestsError("wait a little", retry_after_s=9))
    assert (response.status_code, response.headers["Retry-After"]) == (429, "9")
    assert json_in(response) == {"error": "Too many requests", "detail": "wait a little", "code": "TOO_MANY_REQUESTS"}
