"""The form of every error answer."""

from collections.abc import Iterable
from dataclasses import asdict

from pydantic import BaseModel

from common.domain.text.secrets import shown_fault
from common.errors import Fault


class FaultInfo(BaseModel):
    """One thing that is wrong with a request.

    `row` and `column` locate it in a samplesheet, whose header is row 1; in a config, `row` is the line.
    """

    field: str
    row: int | None = None
    column: str | None = None
    message: str


def fault_infos(faults: Iterable[Fault]) -> list[FaultInfo]:
    return [FaultInfo(**asdict(shown_fault(fault))) for fault in faults]


class ErrorResponse(BaseModel):
    """An error: `code` is stable and for programs, `detail` is for people; only 422 has `faults`."""

    error: str
    detail: str
    code: str
    faults: list[FaultInfo] | None = None
    request_id: str | None = None
