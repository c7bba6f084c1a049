"""The requirements a function is deployed with: exactly what it imports, at the tested versions.

functions/NAME/requirements.txt pins what the function imports itself. The deployed file also pins their dependencies,
with the hashes of requirements.lock: otherwise each build would install whatever is newest on that day.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tools.pack_function.imports import PackError
from tools.pack_function.installed import closure, provider_of

# Imported by us, but pinned to the exact version by the package on the right.
_PART_OF: Final = {"pydantic-core": "pydantic"}
# Needed for our use of a package, but not among its requirements.
_ALSO_NEEDED: Final = {"google-auth": {"cryptography"}, "sqlalchemy": {"pg8000"}}
_PIN = re.compile(r"([a-z0-9.-]+)==([^\s;\\]+)")


def pins_of(function: str, root: Path) -> dict[str, str]:
    """Versions by package from the function's requirements.txt. Raises PackError for a line that is not a pin."""
    path = root / "functions" / function / "requirements.txt"
    if not path.is_file():
        raise PackError(f"there is no {path.relative_to(root)}")
    lines = path.read_text(encoding="utf-8").splitlines()
    pins = [_PIN.fullmatch(line) for line in lines]
    wrong = [line for line, pin in zip(lines, pins, strict=True) if not pin]
    if wrong:
        raise PackError(f"{path.relative_to(root)}: {wrong[0]!r} is not a pin; write it like flask==3.1.3")
    return {pin[1]: pin[2] for pin in pins if pin}


def packages_of(modules: Iterable[str]) -> set[str]:
    """The distributions that provide `modules`. Raises PackError when none provides one of them."""
    found = {provider for module in modules if (provider := provider_of(module))}
    named = {_PART_OF.get(package, package) for package in found}
    return named.union(*(_ALSO_NEEDED.get(package, set()) for package in named))


def faults_in(pins: dict[str, str], imported: set[str], lock: dict[str, str]) -> Iterator[str]:
    """One sentence for each pin that is missing, unused, or not the version in `lock` (blocks by package)."""
    yield from (f"{name} is imported but not in requirements.txt" for name in sorted(imported - set(pins)))
    yield from (f"{name} is in requirements.txt but not imported" for name in sorted(set(pins) - imported))
    for name, version in pins.items():
        if not lock.get(name, "").startswith(f"{name}=={version} "):
            yield f"{name} is pinned at {version}, which requirements.lock does not have"


def read_lock(root: Path) -> dict[str, str]:
    """The blocks of requirements.lock (pin and hashes) by package."""
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    locked = dict[str, str]()
    for block in blocks:
        if pin := _PIN.match(block):  # a package may have a block for each range of Python versions
            locked[pin[1]] = locked.get(pin[1], "") + block
    return locked


def deployed_requirements(pins: Iterable[str], lock: dict[str, str]) -> str:
    """The text of the requirements.txt to deploy: `pins` and their dependencies, with hashes.

    Raises PackError when requirements.lock lacks one of them, or another version is installed.
    """
    needed = closure(pins)
    if absent := sorted(set(needed) - set(lock)):
        raise PackError(f"requirements.lock lacks {', '.join(absent)}; run make lock")
    for name, found in needed.items():
        if f"{name}=={found.version} " not in lock[name]:
            raise PackError(f"{name} {found.version} is installed, but requirements.lock has another version")
    return "".join(lock[name] for name in needed)
