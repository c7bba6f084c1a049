"""npm installs the packages of the page once for each lock, and what keeps it from doing so is said in one sentence."""

import stat
from pathlib import Path

import pytest

from tools.console import packages
from tools.console.packages import Console, ConsoleFaultError, PackagesMissingError, digest_of

REFUSED = """npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error network request to the registry failed, reason: getaddrinfo ENOTFOUND
npm error A complete log of this run can be found in: /somewhere
"""


class Machine:
    """A folder with a lock, and a Node.js that only counts its calls."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._calls, self._node = root / "console", root / "calls", root / "node/bin/node"
        self.folder.mkdir()
        (self.folder / ".npmrc").write_text("ignore-scripts=true\n")
        self._node.parent.mkdir(parents=True)
        self.lock("1")
        self.node(f"mkdir -p {self.folder}/node_modules")
        monkeypatch.setattr(packages, "_node_folder", lambda: root / "node")

    def lock(self, text: str) -> None:
        (self.folder / "package-lock.json").write_text(text)

    def node(self, script: str) -> None:
        self._node.write_text(f'#!/bin/sh\necho "$@" >> {self._calls}\n{script}\n')
        self._node.chmod(self._node.stat().st_mode | stat.S_IXUSR)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_packages_are_installed_once_for_each_lock(machine: Machine) -> None:
    for text, installs in (("1", 1), ("1", 1), ("2", 2)):
        machine.lock(text)
        Console(machine.folder).install()
        assert len(machine.calls) == installs
    assert all("npm-cli.js ci " in call for call in machine.calls)


def test_npm_trusts_the_certificates_of_the_machine(machine: Machine) -> None:
    Console(machine.folder).install()
    assert machine.calls[0].startswith("--use-system-ca ")


def test_what_keeps_npm_from_installing_is_one_sentence(machine: Machine) -> None:
    machine.node(f"printf '%s' '{REFUSED}' >&2; exit 1")
    with pytest.raises(PackagesMissingError, match="network request to the registry failed") as raised:
        Console(machine.folder).install()
    assert "\n" not in str(raised.value)


def test_half_an_installation_is_removed(machine: Machine) -> None:
    machine.node(f"mkdir -p {machine.folder}/node_modules/half; exit 1")
    with pytest.raises(PackagesMissingError, match="it said nothing"):
        Console(machine.folder).install()
    assert not (machine.folder / "node_modules").exists()


def test_a_tool_that_finds_a_fault_is_an_error(machine: Machine) -> None:
    machine.node("exit 2")
    with pytest.raises(ConsoleFaultError, match="tsc ended with status 2"):
        Console(machine.folder).run("node_modules/typescript/bin/tsc", "--noEmit")


def test_a_quiet_tool_prints_only_when_it_fails(machine: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    machine.node("echo made; echo in 1 s >&2")
    Console(machine.folder).run("types.js", is_quiet=True)
    assert capfd.readouterr() == ("", "")
    machine.node("echo what is wrong; exit 1")
    with pytest.raises(ConsoleFaultError):
        Console(machine.folder).run("types.js", is_quiet=True)
    assert capfd.readouterr().err == "what is wrong\n"


def test_a_digest_changes_with_names_and_contents(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("x")
    second.write_text("y")
    digest = digest_of([first, second], tmp_path)
    assert digest == digest_of([second, first], tmp_path)
    first.write_text("z")
    assert digest != digest_of([first, second], tmp_path)


def test_a_script_is_asked_with_what_it_reads(machine: Machine) -> None:
    machine.node("cat; echo told >&2")
    assert Console(machine.folder).ask("bench/main.ts", "loads", given='{"run": 1}', timeout_s=60) == '{"run": 1}'
    assert machine.calls == ["bench/main.ts loads"]


def test_a_script_that_fails_or_hangs_gives_no_answer(machine: Machine) -> None:
    machine.node("echo half an answer; exit 3")
    with pytest.raises(ConsoleFaultError, match="ended with status 3"):
        Console(machine.folder).ask("bench/main.ts", given="", timeout_s=60)
    machine.node("exec sleep 60")
    with pytest.raises(ConsoleFaultError, match="took longer than"):
        Console(machine.folder).ask("bench/main.ts", given="", timeout_s=0.1)
