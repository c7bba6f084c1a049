import pytest

from common import errors
from common.errors import Fault, SluiceError
from common.web.work_items import answer_queue, text_in, work_item
from tests.unit.common.web.conftest import Records
from tests.unit.common.web.messages import json_in, make_request


def failing(error: Exception) -> object:
    raise error


def test_finished_work_is_acknowledged(logged: Records) -> None:
    done: list[str] = []
    response = answer_queue(lambda: done.append("launched"))
    assert (response.status_code, json_in(response)) == (200, {"status": "done"})
    assert done == ["launched"]
    assert not logged.records


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFoundError("no such run"),
        errors.ConflictError("it is over"),
        errors.ValidationError([Fault(field="run_id", message="is odd")]),
        errors.AuthorizationError("not yours"),
        errors.MalformedBodyError("not JSON"),
        errors.TooLargeError("too much"),
        errors.BatchError("refused"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_work_that_always_fails_is_acknowledged_and_logged(error: SluiceError, logged: Records) -> None:
    response = answer_queue(lambda: failing(error))
    assert (response.status_code, json_in(response)) == (200, {"status": "dropped", "code": error.code})
    assert error.message in logged.lines[0]


@pytest.mark.parametrize(
    "error",
    [errors.UnavailableError("away", retry_after_s=9), errors.TooManyRequestsError("slow down", retry_after_s=9)],
    ids=lambda error: type(error).__name__,
)
def test_work_that_may_succeed_later_is_refused(error: SluiceError) -> None:
    with pytest.raises(errors.UnavailableError) as raised:
        answer_queue(lambda: failing(error))
    assert raised.value.retry_after_s == 9


@pytest.mark.parametrize("error", [KeyError("run_id"), errors.UnauthenticatedError("who?"), SluiceError("odd")])
def test_an_unexpected_error_passes(error: Exception) -> None:
    with pytest.raises(type(error)):
        answer_queue(lambda: failing(error))


def test_a_work_item_is_a_json_object() -> None:
    assert work_item(make_request(method="POST", body=b'{"run_id": "run-1"}')) == {"run_id": "run-1"}
    with pytest.raises(errors.MalformedBodyError):
        work_item(make_request(method="POST", body=b"run-1"))


def test_a_required_text_is_read() -> None:
    assert text_in({"run_id": "run-1"}, "run_id") == "run-1"


@pytest.mark.parametrize("item", [{}, {"run_id": ""}, {"run_id": None}, {"run_id": 1}])
def test_a_work_item_without_a_required_text_is_malformed(item: dict[str, object]) -> None:
    with pytest.raises(errors.MalformedBodyError, match="run_id"):
        text_in(item, "run_id")
