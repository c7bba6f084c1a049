"""The image of the migration job is made of exactly what was tested."""

import re
from pathlib import Path

from tools.pack_function.imports import ROOT
from tools.pack_function.installed import closure
from tools.pack_function.requirements import read_lock

FOLDER = Path(ROOT / "migrations")
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def locked(text: str) -> dict[str, tuple[str, set[str]]]:
    """Versions and hashes by package."""
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    pins = [(re.match(r"([a-z0-9.-]+)==([^\s;\\]+)", block), block) for block in blocks]
    return {pin[1]: (pin[2], set(HASH.findall(block))) for pin, block in pins if pin}


def test_every_base_image_is_pinned_by_its_digest() -> None:
    images = re.findall(r"^FROM (\S+)", (FOLDER / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert images
    assert [image for image in images if not re.search(r"@sha256:[0-9a-f]{64}$", image)] == []


def test_packages_are_installed_by_their_hashes_only() -> None:
    text = (FOLDER / "Dockerfile").read_text("utf-8")
    (install,) = re.findall(r"pip install .*", text)
    assert "--require-hashes" in install
    assert "--requirement requirements.lock" in install


def test_the_lock_has_all_packages_in_the_versions_and_with_the_hashes_that_were_tested() -> None:
    pins = (FOLDER / "requirements.txt").read_text("utf-8").split()
    tested = locked("".join(read_lock(ROOT).values()))
    found = locked((FOLDER / "requirements.lock").read_text("utf-8"))
    needed = closure(pin.partition("==")[0] for pin in pins)
    assert found.keys() >= needed.keys()
    assert {f"{name}=={found[name][0]}" for name in found} >= set(pins)
    for name, (version, hashes) in found.items():
        assert version == tested[name][0]
        assert hashes
        assert hashes <= tested[name][1]
