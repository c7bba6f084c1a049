import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from localdev.stack.layout import PAGE
from tests.unit.tools.pack_function.project import make_project
from tools.pack_function.__main__ import main
from tools.pack_function.imports import ROOT, PackError
from tools.pack_function.pack import content_of, functions_in, pack, write_zip

FUNCTIONS = [name for name in functions_in() if name != "console" or PAGE.is_file()]  # the page may not be built
HELLO = {
    "functions/hello/main.py": "import yaml\nfrom functions.hello import endpoints",
    "functions/hello/endpoints.py": "import common.words",
    "functions/hello/requirements.txt": "pyyaml==6.0.3\n",
    "common/words.py": "",
    "common/unused.py": "",
    "requirements.lock": "pyyaml==6.0.3 \\\n    --hash=sha256:1\n",
}


def project(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    return make_project(root, HELLO | dict(changes or {}))


def test_main_requirements_and_packages_are_at_the_top_level(tmp_path: Path) -> None:
    content = content_of("hello", project(tmp_path))
    assert set(content) == {
        "main.py",
        "requirements.txt",
        "common/__init__.py",
        "common/words.py",
        "functions/__init__.py",
        "functions/hello/__init__.py",
        "functions/hello/endpoints.py",
    }
    assert content["main.py"].decode() == HELLO["functions/hello/main.py"]
    assert content["requirements.txt"].decode() == HELLO["requirements.lock"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"functions/hello/requirements.txt": ""}, "pyyaml is imported but not in requirements.txt"),
        ({"functions/hello/requirements.txt": "pyyaml>=6"}, "'pyyaml>=6' is not a pin"),
        ({"common/words.py": "import flask"}, "flask is imported but not in requirements.txt"),
        (
            {"functions/hello/endpoints.py": "", "functions/hello/main.py": ""},
            "pyyaml is in requirements.txt but not imported",
        ),
        ({"common/words.py": "import localdev.clock", "localdev/clock.py": ""}, "localdev/ is never deployed"),
        ({"functions/hello/main.py": "import yaml\n__file__; 'requirements.txt'"}, "uses __file__"),
        (
            {"common/words.py": "import functions.other.main", "functions/other/main.py": ""},
            "imports functions.other.main, which is another function",
        ),
    ],
)
def test_a_function_that_would_not_run_is_refused(changes: dict[str, str], fault: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=fault):
        content_of("hello", project(tmp_path, changes))


def test_an_unknown_function_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"there is no functions/bye/main\.py"):
        content_of("bye", project(tmp_path))


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = project(tmp_path / "first"), project(tmp_path / "second")
    for path in second.rglob("*"):
        path.chmod(0o755)
        os.utime(path, (0, 0))
    assert pack("hello", tmp_path / "a", first).read_bytes() == pack("hello", tmp_path / "b", second).read_bytes()


def test_every_file_has_a_fixed_time_and_mode(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"b": b"2", "a": b"1"})
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == ["a", "b"]
    assert {(entry.date_time, entry.external_attr >> 16) for entry in entries} == {((1980, 1, 1, 0, 0, 0), 0o100644)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_deployed_folders_are_packed(function: str) -> None:
    content = content_of(function, ROOT)
    folders = {name.partition("/")[0] for name in content if "/" in name}
    assert folders <= {"common", "console", "functions", "headjob"}
    assert ("console" in folders) == (function == "console")
    own = {name.split("/")[1] for name in content if name.startswith("functions/")}
    assert own == {"__init__.py", function}


@pytest.mark.parametrize(
    ("function", "file"),
    [
        ("pipelines", "functions/pipelines/openapi.json"),
        ("pipelines", "functions/pipelines/docs/page.html"),
        ("pipelines", "common/services/pipelines/releases/nf-core/scrnaseq/pipeline.json"),
        ("runs", "common/services/pipelines/releases/nf-core/scrnaseq/2.7.1.json"),
        ("queue_worker", "headjob/launch.sh"),
    ],
)
def test_data_files_that_a_function_reads_are_packed(function: str, file: str) -> None:
    assert content_of(function, ROOT)[file] == (ROOT / file).read_bytes()


@pytest.mark.parametrize("function", ["logs", "users", "events", "bucket_watcher"])
def test_data_files_that_a_function_does_not_read_are_not_packed(function: str) -> None:
    assert {name for name in content_of(function, ROOT) if not name.endswith(".py")} == {"requirements.txt"}


def test_the_command_prints_the_zip_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["users", "--into", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path}/users.zip  ")


def test_the_command_prints_why_a_function_cannot_be_packed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nobody", "--into", str(tmp_path)]) == 1
    assert "nobody cannot be packed: there is no functions/nobody/main.py" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
