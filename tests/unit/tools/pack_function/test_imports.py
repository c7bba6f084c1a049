from pathlib import Path

import pytest

from tests.unit.tools.pack_function.project import make_project
from tools.pack_function.errors import PackError
from tools.pack_function.imports import follow, third_party_modules

MAIN = "functions.hello.main"


def test_imports_are_followed_through_all_of_ours(tmp_path: Path) -> None:
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
def test_what_comes_from_elsewhere_is_told(text: str, found: set[str], tmp_path: Path) -> None:
    root = make_project(tmp_path, {"functions/hello/main.py": text})
    assert third_party_modules(MAIN, root) == found


@pytest.mark.parametrize("folder", ["localdev", "tests", "tools", "bench", "chaos", "migrations"])
def test_what_is_never_deployed_is_refused(folder: str, tmp_path: Path) -> None:
    root = make_project(
        tmp_path,
        {
            "functions/hello/main.py": "import common.web",
            "common/web.py": f"def later():\n    from {folder} import clock",
            f"{folder}/clock.py": "",
        },
    )
    with pytest.raises(PackError, match=rf"common\.web imports {folder}, and {folder}/ is never deployed"):
        follow(MAIN, root)
