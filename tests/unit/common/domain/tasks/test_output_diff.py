"""However a task's output changes, a client that applies all changes has the current output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.tasks.output_diff import ClientState, OutputChange, OutputEvent, changes_between, resume_state

TEXTS = st.text(alphabet="ab\n\u00e9", max_size=20)
LONG = "".join(f"line {number}\n" for number in range(500))


def applied(state: ClientState, changes: list[OutputChange]) -> ClientState:
    """The state of a client after `changes`."""
    stdout, stderr = state.stdout, state.stderr
    for change in changes:
        if change.event == OutputEvent.RESET:
            stdout = stderr = ""
        elif change.event == OutputEvent.STDOUT:
            stdout += change.text
        else:
            stderr += change.text
    return ClientState(stdout, stderr)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_client_ends_up_with_the_current_output(stdout: str, stderr: str, new_stdout: str, new_stderr: str) -> None:
    state, now = ClientState(stdout, stderr), ClientState(new_stdout, new_stderr)
    assert applied(state, list(changes_between(state, now))) == now


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_output_that_only_grew_is_not_sent_again(stdout: str, stderr: str, more_stdout: str, more_stderr: str) -> None:
    state, now = ClientState(stdout, stderr), ClientState(stdout + more_stdout, stderr + more_stderr)
    assert [change.text for change in changes_between(state, now)] == [
        text for text in (more_stdout, more_stderr) if text
    ]


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_client_can_disconnect_after_any_change_and_resume(
    stdout: str, stderr: str, more_stdout: str, more_stderr: str
) -> None:
    state, now = ClientState(stdout, stderr), ClientState(stdout + more_stdout, stderr + more_stderr)
    changes = list(changes_between(state, now))
    for number, change in enumerate(changes, start=1):
        has = applied(state, changes[:number])
        back = resume_state(change.state.mark, now)
        assert back is not None
        assert applied(has, list(changes_between(back, now))) == now


def test_a_text_whose_beginning_was_cut_off_continues() -> None:
    state, now = ClientState(stdout=LONG), ClientState(stdout=LONG[2000:] + "more\n")
    assert [(change.event, change.text) for change in changes_between(state, now)] == [(OutputEvent.STDOUT, "more\n")]


@pytest.mark.parametrize("now", ["", "short", LONG[:-10], LONG[500:2000], LONG.replace("line", "lion") + LONG])
def test_a_different_text_is_sent_from_its_beginning_after_a_reset(now: str) -> None:
    changes = list(changes_between(ClientState(stdout=LONG), ClientState(stdout=now)))
    assert changes[0].event == OutputEvent.RESET
    assert "".join(change.text for change in changes) == now


@pytest.mark.parametrize("mark", ["", "x", "1-2", "3-0-00000000", "999-0-00000000", f"{'9' * 30}-0-00000000", "5"])
def test_a_mark_that_does_not_fit_gives_no_state(mark: str) -> None:
    assert resume_state(mark, ClientState("abc", "")) is None


@given(st.text())
def test_any_text_is_accepted_as_a_mark(mark: str) -> None:
    assert resume_state(mark, ClientState("abc", "")) in {None, ClientState()}


def test_a_client_in_an_unknown_state_gets_a_reset_first() -> None:
    changes = changes_between(None, ClientState("out", "err"))
    assert [(change.event, change.text) for change in changes] == [
        (OutputEvent.RESET, ""),
        (OutputEvent.STDOUT, "out"),
        (OutputEvent.STDERR, "err"),
    ]
