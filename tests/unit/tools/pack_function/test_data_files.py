from pathlib import Path

import pytest

from tests.unit.tools.pack_function.project import make_project
from tools.pack_function.errors import PackError
from tools.pack_function.imports import follow

DATA = {
    "common/services/pipelines/rnaseq/1.0.json": "{}",
    "common/services/pipelines/.notes": "",
    "common/services/samples.sql": "SELECT 1",
    "common/services/other.txt": "",
    "headjob/launch.sh": "true",
    "headjob/notes.md": "",
    "headjob/build.py": "",
}


def data_of(text: str, root: Path) -> set[str]:
    """The files that a module in common/services takes along which holds this."""
    make_project(
        root, DATA | {"functions/hello/main.py": "import common.services.data", "common/services/data.py": text}
    )
    return {path.relative_to(root).as_posix() for path in follow("functions.hello.main", root).data}


@pytest.mark.parametrize(
    ("text", "taken"),
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
def test_a_module_takes_along_the_files_it_names(text: str, taken: set[str], tmp_path: Path) -> None:
    assert data_of(text, tmp_path) == taken


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("FOLDER = Path(__file__).parent", "common/services/data.py looks into common/services/ and names nothing"),
        ("PATH = Path(__file__).parent / f'{kind}{name}'", "names nothing in it"),
        ("files(NAME)", r"common\.services\.data:1: the package whose files are read is not written out"),
    ],
)
def test_files_that_cannot_be_told_are_a_fault(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=fault):
        data_of(text, tmp_path)
