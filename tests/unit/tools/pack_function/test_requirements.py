import re
from pathlib import Path

import pytest

from tests.unit.tools.pack_function.project import make_project
from tools.pack_function.errors import PackError
from tools.pack_function.imports import ROOT
from tools.pack_function.requirements import deployed_requirements, faults_in, packages_of, pins_of, read_lock

LOCK = {"flask": "flask==3.1.3 \\\n    --hash=sha256:1\n", "pyyaml": "pyyaml==6.0.3 \\\n    --hash=sha256:2\n"}


@pytest.mark.parametrize(
    ("pins", "fault"),
    [
        ({"flask": "3.1.3", "pyyaml": "6.0.3"}, []),
        ({"flask": "3.1.3"}, ["pyyaml is imported and not required"]),
        (
            {"flask": "3.1.3", "pyyaml": "6.0.3", "h2": "1"},
            ["h2 is required and not imported", "h2 is not locked at 1"],
        ),
        ({"flask": "3.1.3", "pyyaml": "6.0"}, ["pyyaml is not locked at 6.0"]),
    ],
)
def test_what_lacks_and_what_is_too_much_is_told(pins: dict[str, str], fault: list[str]) -> None:
    assert list(faults_in(pins, {"flask", "pyyaml"}, LOCK)) == fault


def test_what_a_package_needs_and_does_not_bring_along_counts_as_imported() -> None:
    assert packages_of(["sqlalchemy.orm", "google.auth", "google"]) == {
        "sqlalchemy", "pg8000", "google-auth", "cryptography",
    }  # fmt: skip


def test_what_a_package_pins_itself_does_not_count() -> None:
    assert packages_of(["pydantic_core.PydanticCustomError"]) == {"pydantic"}


def test_only_pins_are_taken(tmp_path: Path) -> None:
    root = make_project(tmp_path, {"functions/hello/requirements.txt": "flask==3.1.3\nrequests>=2\n"})
    with pytest.raises(PackError, match="'requests>=2' is no pin"):
        pins_of("hello", root)


def test_everything_that_is_deployed_is_pinned_with_its_hashes() -> None:
    text = deployed_requirements(["flask", "pyyaml"], read_lock(ROOT))
    pins = re.findall(r"^(\S+)==\S+ .*\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.MULTILINE)
    assert {"flask", "werkzeug", "pyyaml"} <= {name for name, _hashes in pins}
    assert len(pins) == text.count("==")


def test_what_is_installed_must_be_what_is_locked() -> None:
    lock = {"pyyaml": "pyyaml==5.4 \\\n    --hash=sha256:2\n"}
    with pytest.raises(PackError, match=r"pyyaml \S+ is installed, and not what is locked"):
        deployed_requirements(["pyyaml"], lock)


def test_what_is_needed_and_not_locked_is_a_fault() -> None:
    with pytest.raises(PackError, match=r"requirements\.lock lacks blinker, click"):
        deployed_requirements(["flask"], LOCK)
