from common.errors import Fault, NotFoundError, ValidationError
from common.schemas.errors import ErrorResponse
from common.web.errors_to_http import describe


def test_an_error_answer_fits_its_model() -> None:
    _, body, _ = describe(NotFoundError("there is no run run-00000000"))
    answer = ErrorResponse.model_validate(body, extra="forbid")
    assert (answer.error, answer.code, answer.faults) == ("Not found", "NOT_FOUND", None)


def test_a_fault_in_a_sheet_keeps_its_row_and_column() -> None:
    fault = Fault(field="samplesheet_csv", message="is empty", row=3, column="sample")
    _, body, _ = describe(ValidationError([fault]))
    (info,) = ErrorResponse.model_validate(body, extra="forbid").faults or []
    assert (info.field, info.row, info.column, info.message) == (
        "samplesheet_csv",
        3,
        "sample",
        "is empty",
    )
