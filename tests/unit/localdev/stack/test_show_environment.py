"""`make env` says what is missing, and quotes for a shell."""

import subprocess
from pathlib import Path

import pytest

from localdev.stack.layout import FUNCTIONS, Folders, StackError
from localdev.stack.ports import free_port
from localdev.stack.secret import StackSecret
from localdev.stack.show_environment import as_commands, variables_of


def test_a_shell_reads_each_value_unchanged() -> None:
    value = 'it\'s $HOME; "x"\n`id` \\'
    printed = subprocess.run(
        ["/bin/sh", "-c", as_commands({"ODD": value}) + 'printf %s "$ODD"'], capture_output=True, text=True, check=True
    )
    assert printed.stdout == value


@pytest.mark.parametrize("name", ["", "run"])
def test_an_unknown_function_is_refused_with_the_list(name: str, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=f"FUNCTION must be one of {', '.join(FUNCTIONS)}, not '{name}'"):
        variables_of(name, tmp_path)


def test_without_a_stack_it_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="is running; start one with make run"):
        variables_of("runs", tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_a_stack_that_has_stopped_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    StackSecret(folders.keys)
    folders.port.write_text(str(free_port()))
    with pytest.raises(StackError, match="start one with make run"):
        variables_of("runs", tmp_path)
