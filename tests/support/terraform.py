"""Reads the tables in terraform/ for tests."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from tools import local_grants
from tools.check_terraform.hcl import Block, locals_in, read_folder, read_values
from tools.pack_function.imports import ROOT

FOLDER = ROOT / "terraform"
_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9_]+)\s*=")


@cache
def blocks() -> list[Block]:
    return read_folder(FOLDER)


@cache
def tables() -> dict[str, Any]:
    """The local values, by name."""
    return locals_in(blocks())


def expanded(text: str) -> str:
    """`text` with the local values in it, and with the project `lab`."""
    return local_grants.expanded(text, tables(), "lab")


def resource(kind: str, name: str) -> Block:
    return next(block for block in blocks() if block.kind == "resource" and tuple(block.labels) == (kind, name))


def values_of(environment: str) -> dict[str, Any]:
    return read_values((FOLDER / "env" / f"{environment}.tfvars").read_text("utf-8"))


def functions_on_disk() -> set[str]:
    return {path.parent.name for path in Path(ROOT / "functions").glob("*/main.py")}


def variables_set(function: str) -> set[str]:
    """The environment variables that Terraform gives a function, secrets included."""
    row, found = tables()["functions"][function], set[str]()
    for group in row["settings"]:
        found |= set(tables()["settings"].get(group, {}))
        found |= set(_VARIABLE.findall(str(tables()["own_settings"].get(group, ""))))
    return found | set(row["secrets"]) | set(_VARIABLE.findall(str(tables()["common_settings"])))
