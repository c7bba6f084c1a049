"""Whatever becomes of a task's texts, a reader that adds up what it is told has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.tasks.output_growth import ClientState, OutputEvent, Piece, pieces_between, resume_state

TEXTS = st.text(alphabet="ab\n\u00e9", max_size=20)
LONG = "".join(f"line {number}\n" for number in range(500))


def added_up(told: ClientState, pieces: list[Piece]) -> ClientState:
    """What a reader has that had `told`."""
    stdout, stderr = told.stdout, told.stderr
    for piece in pieces:
        if piece.event == OutputEvent.RESET:
            stdout = stderr = ""
        elif piece.event == OutputEvent.STDOUT:
            stdout += piece.text
        else:
            stderr += piece.text
    return ClientState(stdout, stderr)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_reader_ends_up_with_what_there_is(stdout: str, stderr: str, now_stdout: str, now_stderr: str) -> None:
    told, now = ClientState(stdout, stderr), ClientState(now_stdout, now_stderr)
    assert added_up(told, list(pieces_between(told, now))) == now


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_what_only_grew_is_not_told_anew(stdout: str, stderr: str, more_stdout: str, more_stderr: str) -> None:
    told, now = ClientState(stdout, stderr), ClientState(stdout + more_stdout, stderr + more_stderr)
    assert [piece.text for piece in pieces_between(told, now)] == [text for text in (more_stdout, more_stderr) if text]


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_reader_may_leave_after_any_piece_and_come_back(
    stdout: str, stderr: str, more_stdout: str, more_stderr: str
) -> None:
    told, now = ClientState(stdout, stderr), ClientState(stdout + more_stdout, stderr + more_stderr)
    pieces = list(pieces_between(told, now))
    for number, piece in enumerate(pieces, start=1):
        has = added_up(told, pieces[:number])
        back = resume_state(piece.told.mark, now)
        assert back is not None
        assert added_up(has, list(pieces_between(back, now))) == now


def test_a_text_whose_beginning_was_cut_off_goes_on() -> None:
    told, now = ClientState(stdout=LONG), ClientState(stdout=LONG[2000:] + "more\n")
    assert [(piece.event, piece.text) for piece in pieces_between(told, now)] == [(OutputEvent.STDOUT, "more\n")]


@pytest.mark.parametrize("now", ["", "short", LONG[:-10], LONG[500:2000], LONG.replace("line", "lion") + LONG])
def test_another_text_is_told_from_its_beginning(now: str) -> None:
    pieces = list(pieces_between(ClientState(stdout=LONG), ClientState(stdout=now)))
    assert pieces[0].event == OutputEvent.RESET
    assert "".join(piece.text for piece in pieces) == now


@pytest.mark.parametrize("mark", ["", "x", "1-2", "3-0-00000000", "999-0-00000000", f"{'9' * 30}-0-00000000", "5"])
def test_a_mark_that_does_not_fit_says_nothing(mark: str) -> None:
    assert resume_state(mark, ClientState("abc", "")) is None


@given(st.text())
def test_any_text_may_come_as_a_mark(mark: str) -> None:
    assert resume_state(mark, ClientState("abc", "")) in {None, ClientState()}


def test_of_whom_nothing_is_known_everything_is_forgotten_first() -> None:
    pieces = pieces_between(None, ClientState("out", "err"))
    assert [(piece.event, piece.text) for piece in pieces] == [
        (OutputEvent.RESET, ""),
        (OutputEvent.STDOUT, "out"),
        (OutputEvent.STDERR, "err"),
    ]
