import re
from pathlib import Path

import pytest

from tests.unit.tools.pack_function.project import make_project
from tools.pack_function.imports import ROOT, PackError
from tools.pack_function.requirements import deployed_requirements, faults_in, packages_of, pins_of, read_lock

LOCK = {"flask": "flask==3.1.3 \\\n    --hash=sha256:1\n", "pyyaml": "pyyaml==6.0.3 \\\n    --hash=sha256:2\n"}


@pytest.mark.parametrize(
    ("pins", "fault"),
    [
        ({"flask": "3.1.3", "pyyaml": "6.0.3"}, []),
        ({"flask": "3.1.3"}, ["pyyaml is imported but not in requirements.txt"]),
        (
            {"flask": "3.1.3", "pyyaml": "6.0.3", "h2": "1"},
            ["h2 is in requirements.txt but not imported", "h2 is pinned at 1, which requirements.lock does not have"],
        ),
        ({"flask": "3.1.3", "pyyaml": "6.0"}, ["pyyaml is pinned at 6.0, which requirements.lock does not have"]),
    ],
)
def test_missing_unused_and_unlocked_pins_are_reported(pins: dict[str, str], fault: list[str]) -> None:
    assert list(faults_in(pins, {"flask", "pyyaml"}, LOCK)) == fault


def test_packages_needed_but_not_required_count_as_imported() -> None:
    assert packages_of(["sqlalchemy.orm", "google.auth", "google"]) == {
        "sqlalchemy", "pg8000", "google-auth", "cryptography",
    }  # fmt: skip


def test_a_package_that_another_pins_exactly_does_not_count() -> None:
    assert packages_of(["pydantic_core.PydanticCustomError"]) == {"pydantic"}


def test_a_requirement_that_is_not_a_pin_is_refused(tmp_path: Path) -> None:
    root = make_project(tmp_path, {"functions/hello/requirements.txt": "flask==3.1.3\nrequests>=2\n"})
    with pytest.raises(PackError, match="'requests>=2' is not a pin"):
        pins_of("hello", root)


def test_deployed_requirements_are_pinned_with_hashes() -> None:
    text = deployed_requirements(["flask", "pyyaml"], read_lock(ROOT))
    pins = re.findall(r"^(\S+)==\S+ .*\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.MULTILINE)
    assert {"flask", "werkzeug", "pyyaml"} <= {name for name, _hashes in pins}
    assert len(pins) == text.count("==")


def test_the_installed_version_must_be_the_locked_one() -> None:
    lock = {"pyyaml": "pyyaml==5.4 \\\n    --hash=sha256:2\n"}
    with pytest.raises(PackError, match=r"pyyaml \S+ is installed, but requirements.lock has another version"):
        deployed_requirements(["pyyaml"], lock)


def test_a_dependency_that_is_not_locked_is_refused() -> None:
    with pytest.raises(PackError, match=r"requirements\.lock lacks blinker, click"):
        deployed_requirements(["flask"], LOCK)
