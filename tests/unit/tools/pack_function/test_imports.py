from pathlib import Path

import pytest

from tests.unit.tools.pack_function.project import make_project
from tools.pack_function.imports import PackError, follow, third_party_modules

MAIN = "functions.hello.main"
DATA = {
    "common/services/pipelines/rnaseq/1.0.json": "{}",
    "common/services/pipelines/.notes": "",
    "common/services/samples.sql": "SELECT 1",
    "common/services/other.txt": "",
    "headjob/launch.sh": "true",
    "headjob/notes.md": "",
    "headjob/build.py": "",
}


def test_imports_are_followed_through_our_modules(tmp_path: Path) -> None:
    root = make_project(
        tmp_path,
        {
            "functions/hello/main.py": "from common.web import greeting",
            "common/web/greeting.py": "from ..words import HELLO\nimport flask",
            "common/words.py": "import json",
            "common/unused.py": "import yaml",
        },
    )
    reached = follow(MAIN, root)
    packages = {"functions", "functions.hello", "common", "common.web"}
    assert set(reached.modules) == packages | {MAIN, "common.web.greeting", "common.words"}
    assert reached.others == {"flask"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import google.auth", {"google.auth"}),
        ("from google import auth", {"google", "google.auth"}),
        ("def later():\n    import yaml", {"yaml"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import yaml", set()),
        ("from importlib.resources import files\nfiles('flask_swagger_ui')", {"flask_swagger_ui"}),
        ("import os, sqlalchemy as sa", {"sqlalchemy"}),
    ],
)
def test_third_party_modules_are_found(text: str, found: set[str], tmp_path: Path) -> None:
    root = make_project(tmp_path, {"functions/hello/main.py": text})
    assert third_party_modules(MAIN, root) == found


@pytest.mark.parametrize("folder", ["localdev", "tests", "tools", "bench", "chaos", "migrations"])
def test_an_import_of_an_undeployed_folder_is_refused(folder: str, tmp_path: Path) -> None:
    root = make_project(
        tmp_path,
        {
            "functions/hello/main.py": "import common.web",
            "common/web.py": f"def later():\n    from {folder} import clock",
            f"{folder}/clock.py": "",
        },
    )
    with pytest.raises(PackError, match=rf"common\.web imports {folder}, but {folder}/ is never deployed"):
        follow(MAIN, root)


def data_of(text: str, root: Path) -> set[str]:
    """The data files of a module in common/services with this source."""
    make_project(
        root, DATA | {"functions/hello/main.py": "import common.services.data", "common/services/data.py": text}
    )
    return {path.relative_to(root).as_posix() for path in follow("functions.hello.main", root).data}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FOLDER = Path(__file__).with_name('pipelines')", {"common/services/pipelines/rnaseq/1.0.json"}),
        ("QUERY = Path(__file__).parent / f'{name}.sql'", {"common/services/samples.sql"}),
        ("QUERIES = Path(__file__).parent.glob('*.sql')", {"common/services/samples.sql"}),
        ("files('headjob').joinpath('launch.sh')", {"headjob/launch.sh"}),
        ("resources.files('headjob').joinpath('launch.sh')", {"headjob/launch.sh"}),
        ("NAME = 'other.txt'", set()),
        ("import common.services", set()),
    ],
)
def test_a_module_needs_the_data_files_it_names(text: str, expected: set[str], tmp_path: Path) -> None:
    assert data_of(text, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("FOLDER = Path(__file__).parent", "common/services/data.py reads from common/services/ but names no file"),
        ("PATH = Path(__file__).parent / f'{kind}{name}'", "names no file in it"),
        ("files(NAME)", r"common\.services\.data:1: write the package name in files\(…\) as a constant"),
    ],
)
def test_data_files_that_cannot_be_determined_are_refused(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=fault):
        data_of(text, tmp_path)


def test_modules_are_found_while_their_data_is_not_built(tmp_path: Path) -> None:
    reached = follow(MAIN, make_project(tmp_path, {"functions/hello/main.py": "files('headjob') / 'dist'"} | DATA))
    assert MAIN in reached.modules
    with pytest.raises(PackError, match="names no file in it"):
        assert reached.data
