import ast
import subprocess
from pathlib import Path

import pytest

from tools.check_structure import (
    class_faults,
    faults_in,
    init_faults,
    main,
    nesting,
    package_faults,
    size_faults,
    source_files,
)

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
def test_nesting_counts_blocks_inside_blocks(body: str, deep: int) -> None:
    assert depth(body) == deep


def test_nesting_counts_an_inner_function_separately() -> None:
    assert depth("if a:\n  def g():\n    if b:\n      if c:\n        pass") == 1


def sizes(text: str, path: str = "common/x.py") -> list[str]:
    return list(size_faults(Path(path), text))


def test_code_within_the_limits_has_no_fault() -> None:
    assert sizes("def f():\n" + "    pass\n" * 49) == []


def test_a_long_function_is_reported_with_its_line() -> None:
    expected = "common/x.py:2: f has 51 lines, at most 50; move a step into its own function"
    assert sizes("\ndef f():\n" + "    pass\n" * 50) == [expected]


def test_a_deeply_nested_function_is_reported() -> None:
    deep = "async def f():\n if a:\n  for b in c:\n   with d:\n    if e:\n     pass\n"
    assert sizes(deep) == ["common/x.py:1: f nests 4 blocks, at most 3; return early or extract the inner block"]


@pytest.mark.parametrize(("path", "allowed"), [("common/x.py", 300), ("tests/unit/test_x.py", 500)])
def test_a_file_has_a_line_limit_which_is_higher_for_tests(path: str, allowed: int) -> None:
    assert sizes("pass\n" * allowed, path) == []
    assert sizes("pass\n" * (allowed + 1), path) == [
        f"{path}: {allowed + 1} lines, at most {allowed}; split it by concept"
    ]


def paths(folder: str, *names: str) -> list[Path]:
    return [Path(folder, f"{name}.py") for name in names]


def test_a_package_may_have_fifteen_source_files() -> None:
    fifteen = paths("common/x", "__init__", *(f"m{number}" for number in range(15)))
    assert list(package_faults(fifteen)) == []
    assert list(package_faults([*fifteen, Path("common/x/last.py")])) == [
        "common/x: 16 source files, at most 15; move one topic into a package"
    ]


def test_files_of_a_package_inside_count_for_that_package() -> None:
    outer, inner = paths("chaos", *(f"m{number}" for number in range(15))), paths("chaos/inner", "a")
    assert list(package_faults([*outer, *inner])) == []


def test_four_files_of_a_folder_may_not_share_a_first_word() -> None:
    three = paths("localdev/x", "run", "run_files", "run_status", "runner")
    assert list(package_faults(three)) == []
    (fault,) = package_faults([*three, Path("localdev/x/run_access.py")])
    assert fault == (
        "localdev/x: run.py, run_access.py, run_files.py, run_status.py share the prefix 'run', at most 3 may; "
        "move them into a package run/ or merge what is one concept"
    )


@pytest.mark.parametrize("folder", ["tests/unit/x", "migrations/versions"])
def test_tests_and_migrations_are_exempt_from_the_package_rules(folder: str) -> None:
    assert list(package_faults(paths(folder, *(f"test_m{number}" for number in range(20))))) == []


def test_two_public_classes_may_not_share_a_name() -> None:
    sources = {
        Path("common/schemas/a.py"): "class Fault:\n    pass\n",
        Path("tools/b.py"): "\nclass Fault:\n    pass\n",
    }
    assert list(class_faults(sources)) == [
        "common/schemas/a.py:1 and tools/b.py:2: both are called Fault; rename one after what it is"
    ]


def test_private_classes_and_those_of_tests_may_share_a_name() -> None:
    private = {Path("common/a.py"): "class _Fault:\n    pass\n", Path("tools/b.py"): "class _Fault:\n    pass\n"}
    of_tests = {Path("common/a.py"): "class Fault:\n    pass\n", Path("tests/b.py"): "class Fault:\n    pass\n"}
    assert [*class_faults(private), *class_faults(of_tests)] == []


def test_an_init_file_must_be_empty() -> None:
    sources = {Path("common/__init__.py"): "", Path("tests/x/__init__.py"): "import os\n"}
    assert list(init_faults(sources)) == [
        "tests/x/__init__.py: must be empty; move its code into a module and import it from there"
    ]


def test_all_rules_are_applied_together() -> None:
    sources = {Path(f"bench/f_{number}.py"): "pass\n" for number in range(16)}
    sources |= {
        Path("common/a.py"): "class A:\n    pass\n" + "pass\n" * 300,
        Path("common/b.py"): "class A:\n    pass\n",
    }
    sources[Path("tools/__init__.py")] = "pass\n"
    assert len(faults_in(sources)) == 5


def test_the_check_reads_the_whole_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert {Path("common/settings.py"), Path("tools/check_structure.py"), Path("tests/conftest.py")} <= set(
        source_files(ROOT)
    )


def test_the_check_fails_when_it_finds_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    assert main() == 1
    (tmp_path / "x.py").write_text("pass\n")
    assert main() == 0
    (tmp_path / "x.py").write_text("pass\n" * 301)
    assert main() == 1
