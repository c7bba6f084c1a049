import ast
import subprocess
from pathlib import Path

import pytest

from tools.check_sizes import faults_in, main, nesting, source_files

ROOT = Path(__file__).parents[3]


def depth(body: str) -> int:
    """The nesting of a function with this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    (function,) = ast.parse(f"def f():\n{lines}\n").body
    return nesting(function)


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        ("pass", 0),
        ("if a:\n  pass", 1),
        ("if a:\n  pass\nelif b:\n  pass\nelif c:\n  pass\nelse:\n  pass", 1),
        ("for x in y:\n  while z:\n    with w:\n      pass", 3),
        ("try:\n  pass\nexcept E:\n  if a:\n    pass", 2),
        ("match a:\n  case 1:\n    if b:\n      pass", 2),
        ("if a:\n  pass\nelse:\n  if b:\n    pass\n  c()", 2),
    ],
)
def test_blocks_inside_blocks_are_counted(body: str, deep: int) -> None:
    assert depth(body) == deep


def test_an_inner_function_counts_for_itself() -> None:
    assert depth("if a:\n  def g():\n    if b:\n      if c:\n        pass") == 1


def faults(text: str, path: str = "common/x.py") -> list[str]:
    return list(faults_in(Path(path), text))


def test_code_that_fits_has_no_fault() -> None:
    assert faults("def f():\n" + "    pass\n" * 49) == []


def test_a_long_function_is_named_with_its_line() -> None:
    assert faults("\ndef f():\n" + "    pass\n" * 50) == ["common/x.py:2: f has 51 lines, at most 50"]


def test_a_deep_function_is_named() -> None:
    deep = "async def f():\n if a:\n  for b in c:\n   with d:\n    if e:\n     pass\n"
    assert faults(deep) == ["common/x.py:1: f nests 4 deep, at most 3"]


@pytest.mark.parametrize(("path", "allowed"), [("common/x.py", 300), ("tests/unit/test_x.py", 500)])
def test_a_file_may_be_so_long_and_a_test_longer(path: str, allowed: int) -> None:
    assert faults("pass\n" * allowed, path) == []
    assert faults("pass\n" * (allowed + 1), path) == [f"{path}: {allowed + 1} lines, at most {allowed}"]


def test_the_check_sees_the_whole_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert {Path("common/settings.py"), Path("tools/check_sizes.py"), Path("tests/conftest.py")} <= set(
        source_files(ROOT)
    )


def test_the_check_fails_where_it_sees_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    assert main() == 1
    (tmp_path / "x.py").write_text("pass\n")
    assert main() == 0
    (tmp_path / "x.py").write_text("pass\n" * 301)
    assert main() == 1
