"""The package that people install."""

import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[3] / "client"
LARGEST_BYTES = 100_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "uv", "build", "--wheel", "--offline", "--quiet", "--out-dir", str(folder)]
    subprocess.run([*build, str(CLIENT)], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_is_small_and_has_the_package_only(wheel: Path) -> None:
    assert wheel.stat().st_size <= LARGEST_BYTES
    with zipfile.ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if not name.endswith("/")]
    sources = {str(path.relative_to(CLIENT)) for path in (CLIENT / "sluice").rglob("*.py")}
    assert {name for name in names if name.startswith("sluice/")} == sources | {"sluice/py.typed"}
    assert all(name.startswith(("sluice/", "sluice_client-")) for name in names)


def test_it_brings_the_command_and_five_libraries(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (entry_points, metadata) = (
            next(opened.read(name).decode() for name in opened.namelist() if name.endswith(file))
            for file in ("entry_points.txt", "METADATA")
        )
    assert "sluice = sluice.cli:main" in entry_points.replace('"', "")
    needed = message_from_string(metadata).get_all("Requires-Dist", [])
    assert {name.split(">")[0].strip() for name in needed} == {"click", "httpx2", "keyring", "platformdirs", "rich"}
