"""Which files, beside Python's own, a module reads from the folder it is in.

A module that mentions `__file__` or asks `importlib.resources.files` for a package of ours takes from that folder what
it names in a string: `Path(__file__).with_name("pipelines")` takes the whole folder `pipelines`, and an f-string such
as `f"{name}.sql"` every file that it can mean.
"""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from tools.pack_function.errors import PackError

_FILES = {"files", "resources.files", "importlib.resources.files"}
_LONGEST_NAME = 100  # longer strings are texts


def packages_read_by(module: str, nodes: list[ast.AST]) -> Iterator[str]:
    """The packages, ours and others', that `importlib.resources.files` is asked for.

    Raises PackError for one whose name is not written out.
    """
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _FILES:
            if not (node.args and isinstance(node.args[0], ast.Constant)):
                raise PackError(f"{module}:{node.lineno}: the package whose files are read is not written out")
            yield str(node.args[0].value)


def data_read_by(module: str, path: Path, nodes: list[ast.AST], root: Path) -> Iterator[Path]:
    """The files that `module`, at `path`, reads from its own folder, and from packages below `root`.

    Raises PackError when it looks into a folder and names nothing that is in it.
    """
    patterns = {pattern for node in nodes if (pattern := _pattern(node))}
    for folder in _folders(module, path, nodes, root):
        taken = [entry for entry in _entries(folder) if any(fnmatchcase(entry.name, pattern) for pattern in patterns)]
        if not taken:
            raise PackError(f"{path.relative_to(root)} looks into {folder.relative_to(root)}/ and names nothing in it")
        for entry in taken:
            yield from (entry,) if entry.is_file() else _files_below(entry)


def _folders(module: str, path: Path, nodes: list[ast.AST], root: Path) -> set[Path]:
    packages = {root / name.replace(".", "/") for name in packages_read_by(module, nodes)}
    folders = {folder for folder in packages if folder.is_dir()}
    if any(isinstance(node, ast.Name) and node.id == "__file__" for node in nodes):
        folders.add(path.parent)
    return folders


def _pattern(node: ast.AST) -> str:
    """What names a string can mean, as a pattern of fnmatch; empty for what is no name, or would be every name."""
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    else:
        return ""
    name = text.partition("/")[0]
    return name if any(map(str.isalnum, name)) and len(text) <= _LONGEST_NAME and "\n" not in text else ""


def _entries(folder: Path) -> list[Path]:
    """What is in a folder and no Python."""
    return [entry for entry in sorted(folder.iterdir()) if _is_data(entry)]


def _is_data(entry: Path) -> bool:
    if entry.name.startswith(".") or entry.name == "__pycache__":
        return False
    return entry.suffix not in {".py", ".pyc"} if entry.is_file() else not (entry / "__init__.py").exists()


def _files_below(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder):
        yield from (entry,) if entry.is_file() else _files_below(entry)
