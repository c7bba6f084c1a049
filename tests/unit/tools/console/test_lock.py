"""The packages of the page are pinned, and the lock names no registry."""

import json
import re

from tools.console.build import FOLDER

PACKAGE = json.loads((FOLDER / "package.json").read_text("utf-8"))
LOCK = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))


def test_every_package_is_pinned_to_one_version() -> None:
    pins = PACKAGE["dependencies"] | PACKAGE["devDependencies"]
    assert {name: pin for name, pin in pins.items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)} == {}
    assert {name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in pins} == pins


def test_the_lock_has_a_hash_and_no_address_for_every_package() -> None:
    locked = {path: facts for path, facts in LOCK["packages"].items() if path}
    assert locked
    assert {path for path, facts in locked.items() if "resolved" in facts} == set()
    assert {path for path, facts in locked.items() if not facts["integrity"].startswith("sha512-")} == set()


def test_npm_runs_no_scripts_of_packages_and_writes_no_addresses() -> None:
    settings = (FOLDER / ".npmrc").read_text("utf-8").splitlines()
    assert set(settings) == {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"}
