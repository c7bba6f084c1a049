from common.errors import Fault, NotFoundError, ValidationError
from common.schemas.errors import ErrorResponse
from common.web.errors_to_http import describe


def test_an_error_answer_has_the_shape_that_is_promised() -> None:
    _, body, _ = describe(NotFoundError("there is no run run-00000000"))
    told = ErrorResponse.model_validate(body, extra="forbid")
    assert (told.error, told.code, told.faults) == ("Not found", "NOT_FOUND", None)


def test_a_fault_in_a_sheet_keeps_its_row_and_column() -> None:
    fault = Fault(field="samplesheet_csv", message="is empty", row=3, column="sample")
    _, body, _ = describe(ValidationError([fault]))
    told = ErrorResponse.model_validate(body, extra="forbid").faults
    assert told
    assert (told[0].field, told[0].row, told[0].column, told[0].message) == ("samplesheet_csv", 3, "sample", "is empty")
