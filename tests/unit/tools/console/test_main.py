"""Without npm everything but the page goes on; a fault of the page itself stops."""

import pytest

from tools.console import __main__ as command
from tools.console.packages import ConsoleFaultError, PackagesMissingError


def raising(error: Exception) -> object:
    def step() -> None:
        raise error

    return step


@pytest.mark.parametrize(("more", "status"), [([], 0), (["--required"], 1)])
@pytest.mark.parametrize("step", ["build", "check", "test"])
def test_missing_packages_are_said_in_one_line(
    step: str, more: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = raising(PackagesMissingError("npm could not install the packages of the page (no network)"))
    monkeypatch.setitem(command._STEPS, step, (missing, "goes on without the page"))
    assert command.main([step, *more]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("sluice: npm could not install the packages of the page (no network); make goes on")
    assert "~/.npmrc" in line


def test_a_fault_of_the_page_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(command._STEPS, "check", (raising(ConsoleFaultError("tsc ended with status 2")), ""))
    assert command.main(["check"]) == 1
    assert "tsc ended with status 2" in capsys.readouterr().err
