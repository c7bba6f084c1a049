"""Makes small projects to pack, from files by path."""

from collections.abc import Mapping
from pathlib import Path


def make_project(root: Path, files: Mapping[str, str]) -> Path:
    """Write `files` below `root`, with an empty __init__.py in each folder that holds Python."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in [*root.rglob("*.py")]:
        for parent in [path.parent, *path.parent.parents]:
            if root in parent.parents:
                (parent / "__init__.py").touch()
    return root
