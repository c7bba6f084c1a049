"""The one shape of every error answer."""

from pydantic import BaseModel


class FaultInfo(BaseModel):
    """One thing that is wrong; `row` and `column` say where in a samplesheet (row 1 is the header).

    Of a config, `row` is the line.
    """

    field: str
    row: int | None = None
    column: str | None = None
    message: str


class ErrorResponse(BaseModel):
    """`code` is stable and for programs, `detail` is for people; `faults` comes with 422, `request_id` with all."""

    error: str
    detail: str
    code: str
    faults: list[FaultInfo] | None = None
    request_id: str | None = None
