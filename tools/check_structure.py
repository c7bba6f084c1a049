"""Fail when a file, a function or a folder breaks the house rules on size and structure (`make check`).

Sizes hold for every Python file; packages, name families and class names are checked in the folders of `PRODUCT`.
"""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES, NESTING = 300, 500, 50, 3
PACKAGE_FILES, FAMILY_FILES = 15, 3
PRODUCT: Final = frozenset({"client", "common", "localdev", "tools", "functions", "bench", "chaos"})
UNIQUE_CLASSES: Final = frozenset({"common", "localdev", "tools", "functions"})

_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def nesting(node: ast.AST, depth: int = 0) -> int:
    """The deepest block inside `node`; an elif counts as its if, an inner function is counted separately."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        elif_branch = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        deepest = max(deepest, nesting(child, depth + (isinstance(child, _BLOCKS) and not elif_branch)))
    return deepest


def size_faults(path: Path, text: str) -> Iterator[str]:
    """One sentence for each limit that `text`, the source at `path`, exceeds."""
    lines, allowed = text.count("\n"), TEST_FILE_LINES if path.parts[0] == "tests" else FILE_LINES
    if lines > allowed:
        yield f"{path}: {lines} lines, at most {allowed}; split it by concept"
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        at, length = f"{path}:{node.lineno}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES:
            yield f"{at} has {length} lines, at most {FUNCTION_LINES}; move a step into its own function"
        if nesting(node) > NESTING:
            yield f"{at} nests {nesting(node)} blocks, at most {NESTING}; return early or extract the inner block"


def package_faults(files: Iterable[Path]) -> Iterator[str]:
    """One sentence for each folder of `PRODUCT` with too many files, or too many with the same first word."""
    folders: dict[Path, list[Path]] = defaultdict(list)
    for path in files:
        if path.parts[0] in PRODUCT and path.name != "__init__.py":
            folders[path.parent].append(path)
    for folder, members in sorted(folders.items()):
        if len(members) > PACKAGE_FILES:
            yield f"{folder}: {len(members)} source files, at most {PACKAGE_FILES}; move one topic into a package"
        families: dict[str, list[str]] = defaultdict(list)
        for path in sorted(members):
            families[path.stem.partition("_")[0]].append(path.name)
        for word, names in families.items():
            if word and len(names) > FAMILY_FILES:
                yield (
                    f"{folder}: {', '.join(names)} share the prefix {word!r}, at most {FAMILY_FILES} may; "
                    f"move them into a package {word}/ or merge what is one concept"
                )


def class_faults(sources: Mapping[Path, str]) -> Iterator[str]:
    """One sentence for each name that several public classes of `UNIQUE_CLASSES` have."""
    places: dict[str, list[str]] = defaultdict(list)
    for path, text in sources.items():
        if path.parts[0] not in UNIQUE_CLASSES:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path}:{node.lineno}")
    for name, found in sorted(places.items()):
        if len(found) > 1:
            yield f"{' and '.join(found)}: both are called {name}; rename one after what it is"


def init_faults(sources: Mapping[Path, str]) -> Iterator[str]:
    """One sentence for each `__init__.py` that is not empty."""
    for path, text in sources.items():
        if path.name == "__init__.py" and text.strip():
            yield f"{path}: must be empty; move its code into a module and import it from there"


def faults_in(sources: Mapping[Path, str]) -> list[str]:
    """All faults of the files in `sources`, which maps paths relative to the repository to their text."""
    sizes = chain.from_iterable(size_faults(path, text) for path, text in sources.items())
    return [*sizes, *package_faults(sources), *class_faults(sources), *init_faults(sources)]


def source_files(root: Path) -> list[Path]:
    """Every Python file below `root` that git does not ignore."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted({Path(line) for line in listing.stdout.splitlines() if (root / line).exists()})


def main() -> int:
    """Print every fault; the exit status is 1 when there is one, or no file to check."""
    root = Path.cwd()
    sources = {path: (root / path).read_text(encoding="utf-8") for path in source_files(root)}
    faults = faults_in(sources)
    print("\n".join([*faults, f"{len(sources)} files, {len(faults)} structure faults"]))
    return 1 if faults or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
