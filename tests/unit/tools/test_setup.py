"""tools/setup.sh, with a stub for Python that records its calls."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STUB = """#!/bin/bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *"import venv, ensurepip"*) exit "${WITHOUT_VENV:-0}" ;;
  *version_info*3*) echo "${VERSION:-3.12.1}" ;;&
  *"version_info < "*) exit "${TOO_OLD:-0}" ;;
  "-m venv"*)
    mkdir -p .venv/bin || exit
    cp "$0" .venv/bin/python
    cp "$0" .venv/bin/uv
    ;;
  "pip sync"*) echo "error: uv found nothing" >&2; exit "${WITHOUT_UV:-0}" ;;
  "-m pip install"*"requirements.lock"*) echo "${PIP_SAYS:-}" >&2; exit "${WITHOUT_PIP:-0}" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / "tools").mkdir(parents=True)
    for name in ("Makefile", "tools/setup.sh"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.lock").write_text("uv==1 --hash=sha256:0\nother==1 --hash=sha256:0\n")
    stub(tmp_path / "python3.12", STUB)
    return folder


def stub(program: Path, text: str) -> None:
    program.write_text(text)
    program.chmod(0o755)


def make(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make .venv/ready`, on which every other target depends."""
    parent = checkout.parent
    own = {"PATH": f"{parent}:{os.environ['PATH']}", "CALLS": str(parent / "calls"), "PYTHON": "python3.12"}
    command = ["make", ".venv/ready"]
    return subprocess.run(command, cwd=checkout, env=own | environment, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> list[str]:
    """The calls recorded since the last time."""
    file = checkout.parent / "calls"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def first_line(ran: subprocess.CompletedProcess[str]) -> str:
    assert ran.returncode != 0
    return ran.stderr.splitlines()[0]


def test_the_environment_is_created_once(checkout: Path) -> None:
    assert make(checkout).returncode == 0
    assert "python3.12 -m venv --clear .venv" in calls(checkout)
    assert make(checkout).returncode == 0
    assert calls(checkout) == []


def test_a_changed_lock_is_installed_into_the_existing_environment(checkout: Path) -> None:
    make(checkout)
    calls(checkout)
    os.utime(checkout / ".venv" / "ready", (0, 0))
    assert make(checkout).returncode == 0
    assert [call for call in calls(checkout) if "venv" in call or "sync" in call] == [
        "uv pip sync --system-certs --quiet --require-hashes --compile-bytecode requirements.lock"
    ]


@pytest.mark.parametrize("how", [shutil.move, shutil.copytree])
def test_a_moved_or_copied_checkout_gets_a_new_environment(checkout: Path, how: Callable[..., object]) -> None:
    make(checkout)
    calls(checkout)
    elsewhere = checkout.parent / "elsewhere"
    how(checkout, elsewhere)
    assert make(elsewhere).returncode == 0
    assert "python3.12 -m venv --clear .venv" in calls(elsewhere)
    make(elsewhere)
    assert calls(elsewhere) == []


def test_a_symbolic_link_to_the_checkout_keeps_the_environment(checkout: Path) -> None:
    make(checkout)
    calls(checkout)
    link = checkout.parent / "link"
    link.symlink_to(checkout)
    make(link, PWD=str(link))
    assert calls(checkout) == []


def test_a_missing_venv_module_is_reported_with_its_package(checkout: Path) -> None:
    assert "python3-venv" in first_line(make(checkout, WITHOUT_VENV="1"))


def test_an_unwritable_folder_is_not_reported_as_a_missing_module(checkout: Path) -> None:
    (checkout / ".venv").touch()
    ran = make(checkout)
    assert ran.returncode != 0
    assert "python3-venv" not in ran.stderr
    assert f"{checkout}/.venv could not be created; see the message above." in ran.stderr


def test_an_old_python_is_refused_with_its_version(checkout: Path) -> None:
    message = first_line(make(checkout, VERSION="3.9.18", TOO_OLD="1"))
    assert message.startswith("Sluice needs Python 3.11 or newer, but python3.12 is 3.9.18.")


def test_a_missing_python_is_reported(checkout: Path) -> None:
    assert "python3.99 was not found" in first_line(make(checkout, PYTHON="python3.99"))


def test_a_python_that_cannot_be_run_is_reported(checkout: Path) -> None:
    stub(checkout.parent / "python3.9", "#!/bin/sh\necho 'pyenv: python3.9: command not found' >&2\nexit 127\n")
    ran = make(checkout, PYTHON="python3.9")
    assert ran.stderr.splitlines()[:2] == [
        "pyenv: python3.9: command not found",
        "Sluice needs Python 3.11 or newer, but python3.9 does not run. Try: make PYTHON=/path/to/python3 …",
    ]


def test_what_installs_is_announced_and_measured_without_any_warning(checkout: Path) -> None:
    ran = make(checkout, WITHOUT_UV="1", PIP_SAYS="WARNING: a mirror is ignored")
    assert (ran.returncode, ran.stderr) == (0, "")
    announced, fallback, measured = ran.stdout.splitlines()[-3:]
    assert announced.startswith(
        "Installing 2 packages (on disk about 0.8 GB). This takes 20 to 60 seconds, and longer on a slow network."
    )
    assert fallback == "uv does not find the packages. Trying pip, which takes a minute or two."
    assert measured.startswith("The packages are installed; it took ")


def test_a_machine_without_network_is_told_so(checkout: Path) -> None:
    ran = make(checkout, WITHOUT_UV="1", WITHOUT_PIP="1", PIP_SAYS="Temporary failure in name resolution")
    assert ran.returncode != 0
    assert "Temporary failure in name resolution" in ran.stderr
    assert (
        "this machine does not reach the package index. Check its network; behind a proxy set HTTPS_PROXY" in ran.stderr
    )


def test_another_fault_of_an_installation_is_shown_as_it_is(checkout: Path) -> None:
    ran = make(checkout, WITHOUT_UV="1", WITHOUT_PIP="1", PIP_SAYS="No space left on device")
    assert "No space left on device\nThe packages could not be installed" in ran.stderr
    assert not (checkout / ".venv" / "ready").exists()
