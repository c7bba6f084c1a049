"""What a module of ours imports, followed through all of ours that it imports; read from the source, nothing is run.

Imports inside functions count, for they happen one day; imports under TYPE_CHECKING do not.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import resolve_name
from pathlib import Path
from typing import Final

from tools.pack_function.data_files import data_read_by, packages_read_by
from tools.pack_function.errors import PackError

ROOT: Final = Path(__file__).parents[2]
DEPLOYED: Final = ("common", "functions", "headjob")


@dataclass(frozen=True, slots=True)
class Reached:
    """What one module leads to."""

    modules: Mapping[str, Path]  # ours by their dotted names, each package around them included
    others: frozenset[str]  # dotted names outside of the project and the standard library
    data: frozenset[Path]  # the files that ours read from the folders they are in


def follow(module: str, root: Path = ROOT) -> Reached:
    """Everything that `module` leads to, itself included.

    Raises PackError when that is a part of the project that stays at home, or files that cannot be told.
    """
    modules, others, data = dict[str, Path](), set[str](), set[Path]()
    to_read = set(_with_parents(module))
    while to_read:
        name = to_read.pop()
        path = _path_of(name, root)
        if path is None:  # a name inside a module
            continue
        modules[name] = path
        nodes = _that_runs(ast.parse(path.read_text(encoding="utf-8")))
        data |= set(data_read_by(name, path, nodes, root))
        for imported in _imports(name, nodes):
            _refuse_what_stays_at_home(imported, name, root)
            if _is_ours(imported):
                to_read |= set(_with_parents(imported)) - set(modules)
            else:
                others.add(imported)
    outside = {name for name in others if name.partition(".")[0] not in sys.stdlib_module_names}
    return Reached(modules, frozenset(outside), frozenset(data))


def third_party_modules(module: str, root: Path = ROOT) -> frozenset[str]:
    """The dotted names of everything outside the project and the standard library that `module` leads to."""
    return follow(module, root).others


def _refuse_what_stays_at_home(imported: str, by: str, root: Path) -> None:
    folder = imported.partition(".")[0]
    if folder not in DEPLOYED and any((root / folder).glob("*.py")):
        raise PackError(f"{by} imports {imported}, and {folder}/ is never deployed")


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in DEPLOYED


def _with_parents(name: str) -> Iterator[str]:
    """The name and those of the packages around it, whose __init__.py runs first."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _imports(module: str, nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), module.rpartition(".")[0])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)
    yield from packages_read_by(module, nodes)


def _that_runs(node: ast.AST) -> list[ast.AST]:
    """Every node that can run, from `node` on."""
    found = [node]
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            found += _that_runs(child)
    return found


def _path_of(module: str, root: Path) -> Path | None:
    base = root / module.replace(".", "/")
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)
