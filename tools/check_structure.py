"""Fail when a file, a function or a nesting is larger than the house style allows (`make check`)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES, NESTING = 300, 500, 50, 3
_BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def nesting(node: ast.AST, depth: int = 0) -> int:
    """The deepest block inside `node`; an elif counts as its if, an inner function for itself."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        elif_branch = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        deepest = max(deepest, nesting(child, depth + (isinstance(child, _BLOCKS) and not elif_branch)))
    return deepest


def faults_in(path: Path, text: str) -> Iterator[str]:
    """One sentence for each size that `text`, the source at `path`, exceeds."""
    is_test = path.parts[0] == "tests"
    lines, allowed = text.count("\n"), TEST_FILE_LINES if is_test else FILE_LINES
    if lines > allowed:
        yield f"{path}: {lines} lines, at most {allowed}"
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES:
            yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}"
        if nesting(node) > NESTING:
            yield f"{path}:{node.lineno}: {node.name} nests {nesting(node)} deep, at most {NESTING}"


def source_files(root: Path) -> list[Path]:
    """Every Python file that git tracks or would track below `root`."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sorted({Path(line) for line in listing.stdout.splitlines() if (root / line).exists()})


def main() -> int:
    """Print every fault; the exit status is 1 when there is one."""
    root = Path.cwd()
    files = source_files(root)
    faults = [fault for path in files for fault in faults_in(path, (root / path).read_text(encoding="utf-8"))]
    print("\n".join([*faults, f"{len(files)} files, {len(faults)} too large"]))
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
