"""What a module needs at run time: the modules it imports, followed through our own, and the data files it reads.

Everything is read from the source; nothing is imported. Imports inside functions count, because they happen at some
time; imports under TYPE_CHECKING do not.

A module that mentions `__file__`, or calls `importlib.resources.files` with one of our packages, reads from that folder
whatever its strings name: `Path(__file__).with_name("pipelines")` is the whole folder `pipelines`, and an f-string such
as `f"{name}.sql"` is every file that matches `*.sql`.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DEPLOYED: Final = ("common", "console", "functions", "headjob")

_FILES: Final = frozenset({"files", "resources.files", "importlib.resources.files"})
_LONGEST_FILE_NAME: Final = 100  # characters; longer strings are not file names


class PackError(Exception):
    """A function cannot be packed; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What one module needs at run time."""

    modules: Mapping[str, Path]  # our modules by dotted name, with the packages that contain them
    others: frozenset[str]  # dotted names outside the project and the standard library
    root: Path

    @property
    def data(self) -> frozenset[Path]:
        """The data files that our modules read. Raises PackError when they cannot be determined or are not there."""
        sources = ((_read(name, path.read_text(encoding="utf-8")), path) for name, path in self.modules.items())
        return frozenset(file for source, path in sources for file in _data_read(source, path, self.root))


@dataclass(frozen=True, slots=True)
class _Source:
    """What the source of one module says; `imports` includes `packages`, those that it reads files from."""

    imports: tuple[str, ...]
    packages: tuple[str, ...]
    patterns: frozenset[str]
    reads_own_folder: bool


def follow(module: str, root: Path = ROOT) -> Reached:
    """Everything that `module` needs, itself included.

    Raises PackError for an import of a folder that is not deployed, and for a package of files without a name.
    """
    modules, others = dict[str, Path](), set[str]()
    to_read = set(_with_parents(module))
    while to_read:
        name = to_read.pop()
        path = _path_of(name, root)
        if path is None:  # a name that a module defines, not a module
            continue
        modules[name] = path
        source = _read(name, path.read_text(encoding="utf-8"))
        for imported in source.imports:
            _refuse_undeployed(imported, name, root)
            if _is_ours(imported):
                to_read |= set(_with_parents(imported)) - set(modules)
            else:
                others.add(imported)
    outside = {name for name in others if name.partition(".")[0] not in sys.stdlib_module_names}
    return Reached(modules, frozenset(outside), root)


def third_party_modules(module: str, root: Path = ROOT) -> frozenset[str]:
    """The dotted names outside the project and the standard library that `module` imports, directly or not."""
    return follow(module, root).others


def _refuse_undeployed(imported: str, by: str, root: Path) -> None:
    folder = imported.partition(".")[0]
    if folder not in DEPLOYED and any((root / folder).glob("*.py")):
        raise PackError(f"{by} imports {imported}, but {folder}/ is never deployed")


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in DEPLOYED


def _with_parents(name: str) -> Iterator[str]:
    """The name and those of the packages that contain it, whose __init__.py runs first."""
    while name:
        yield name
        name = name.rpartition(".")[0]


@cache
def _read(module: str, text: str) -> _Source:
    """What the source `text` of a module says. Cached, because most functions need most modules."""
    nodes = _nodes_that_run(ast.parse(text))
    packages = tuple(_packages_read(module, nodes))
    return _Source(
        imports=(*_imports(module, nodes), *packages),
        packages=packages,
        patterns=frozenset(pattern for node in nodes if (pattern := _pattern(node))),
        reads_own_folder=any(isinstance(node, ast.Name) and node.id == "__file__" for node in nodes),
    )


def _imports(module: str, nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), module.rpartition(".")[0])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _nodes_that_run(node: ast.AST) -> list[ast.AST]:
    """`node` and every node below it, except those under TYPE_CHECKING."""
    found = [node]
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            found += _nodes_that_run(child)
    return found


def _path_of(module: str, root: Path) -> Path | None:
    base = root / module.replace(".", "/")
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _packages_read(module: str, nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The packages that `importlib.resources.files` is called with. Raises PackError unless the name is a constant."""
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _FILES:
            if not (node.args and isinstance(node.args[0], ast.Constant)):
                raise PackError(f"{module}:{node.lineno}: write the package name in files(…) as a constant")
            yield str(node.args[0].value)


def _data_read(source: _Source, path: Path, root: Path) -> Iterator[Path]:
    """The files that the module at `path` reads from its own folder and from packages below `root`.

    Raises PackError when it reads from a folder without naming anything in it.
    """
    for folder in _folders_read(source, path, root):
        entries = _entries(folder)
        taken = [entry for entry in entries if any(fnmatchcase(entry.name, pattern) for pattern in source.patterns)]
        if not taken:
            at, read = path.relative_to(root), folder.relative_to(root)
            raise PackError(f"{at} reads from {read}/ but names no file in it; write the file's name as a string")
        for entry in taken:
            yield from (entry,) if entry.is_file() else _files_below(entry)


def _folders_read(source: _Source, path: Path, root: Path) -> set[Path]:
    packages = {root / name.replace(".", "/") for name in source.packages}
    folders = {folder for folder in packages if folder.is_dir()}
    if source.reads_own_folder:
        folders.add(path.parent)
    return folders


def _pattern(node: ast.AST) -> str:
    """The file names that a string can stand for, as an fnmatch pattern; empty when it is no name or matches all."""
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    else:
        return ""
    name = text.partition("/")[0]
    return name if any(map(str.isalnum, name)) and len(text) <= _LONGEST_FILE_NAME and "\n" not in text else ""


def _entries(folder: Path) -> list[Path]:
    """The data files and data folders in a folder."""
    return [entry for entry in sorted(folder.iterdir()) if _is_data(entry)]


def _is_data(entry: Path) -> bool:
    if entry.name.startswith(".") or entry.name == "__pycache__":
        return False
    return entry.suffix not in {".py", ".pyc"} if entry.is_file() else not (entry / "__init__.py").exists()


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder):
        yield from (entry,) if entry.is_file() else _files_below(entry)
