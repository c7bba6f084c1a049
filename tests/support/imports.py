"""What a module of ours imports, followed through all of ours that it imports; read from the source, nothing is run."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).parents[2]
_OURS = ("common", "functions", "headjob")


def third_party_modules(module: str) -> set[str]:
    """The dotted names of everything outside the project and the standard library that `module` leads to.

    Imports inside functions count and so do packages whose files are read; imports under TYPE_CHECKING do not.
    """
    found, to_read, read = set[str](), {module}, set[str]()
    while to_read:
        name = to_read.pop()
        read.add(name)
        imported = set(_imports(name))
        to_read |= {other for other in imported if _is_ours(other)} - read
        found |= {other for other in imported if not _is_ours(other)}
    return {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names}


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in _OURS


def _imports(module: str) -> Iterator[str]:
    path = _path_of(module)
    if path is None:
        return
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), module.rpartition(".")[0])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"files", "resources.files"}:
            yield ast.literal_eval(node.args[0])


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that can run, from `node` on."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _nodes(child)


def _path_of(module: str) -> Path | None:
    base = ROOT / module.replace(".", "/")
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)
