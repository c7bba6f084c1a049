"""The tree of errors and its exit codes."""

import pytest

from sluice.errors import (
    EXIT_OF,
    ConflictError,
    ConnectionLostError,
    Fault,
    InputError,
    NotFoundError,
    RefusedError,
    SignInError,
    SluiceError,
    UnavailableError,
    error_from,
    exit_code_of,
)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, InputError, 2),
        (401, SignInError, 3),
        (403, SignInError, 3),
        (404, NotFoundError, 4),
        (409, ConflictError, 5),
        (413, InputError, 2),
        (422, InputError, 2),
        (429, UnavailableError, 6),
        (500, UnavailableError, 6),
        (503, UnavailableError, 6),
    ],
)
def test_a_status_has_its_error_and_exit_code(status: int, kind: type[SluiceError], code: int) -> None:
    error = error_from(status, {"detail": "no", "request_id": "5f0c"})
    assert (type(error), error.message, error.request_id, exit_code_of(error)) == (kind, "no", "5f0c", code)


def test_the_exit_codes_are_those_that_scripts_rely_on() -> None:
    codes = {kind.__name__: code for kind, code in EXIT_OF.items()}
    assert codes["RunFailed"] == 1
    assert codes["RunCancelled"] == 7
    assert codes["TimedOut"] == 124
    assert codes["Interrupted"] == 130


def test_a_special_case_has_the_exit_code_of_its_kind() -> None:
    assert exit_code_of(ConnectionLostError("away")) == 6
    assert exit_code_of(RefusedError("no")) == 3


def test_faults_keep_their_place() -> None:
    faults = [{"field": "samplesheet_csv", "row": 3, "column": "fastq_1", "message": "must not be empty"}]
    error = error_from(422, {"detail": "…", "faults": faults})
    assert isinstance(error, InputError)
    assert error.faults == (Fault("samplesheet_csv", "must not be empty", 3, "fastq_1"),)


def test_an_answer_of_another_program_has_an_error_too() -> None:
    assert error_from(502, None).message == "the service answered 502"
