"""What a function reads from its environment is what Terraform puts there."""

import ast
import re
from pathlib import Path

import pytest

from common.settings import LOG_COPY_INTERVAL_S
from tests.support.terraform import AWAITED, functions_on_disk, tables, variables_set
from tools.pack_function.imports import ROOT

READERS = {"required", "optional", "number", "count", "names"}
OF_THE_FRAMEWORK = {"THREADS"}  # functions-framework reads it
FUNCTIONS = sorted(functions_on_disk())


def names_in(tree: ast.AST, readers: set[str]) -> set[str]:
    """The variables named in calls such as env.required("…"), or read("…") where one reader stands for two."""
    return {
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        if (
            isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "env" and call.func.attr in readers
        )
        or (isinstance(call.func, ast.Name) and call.func.id == "read" and "required" in readers)
    }


def groups(readers: set[str]) -> dict[str, set[str]]:
    """The variables of each class of common/settings.py."""
    tree = ast.parse(Path(ROOT / "common/settings.py").read_text("utf-8"))
    return {node.name: names_in(node, readers) for node in tree.body if isinstance(node, ast.ClassDef)}


def variables_read(function: str, readers: set[str]) -> set[str]:
    found = set[str]()
    for path in Path(ROOT / "functions" / function).glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        found |= names_in(tree, readers)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "read" and isinstance(node.value, ast.Name):
                found |= groups(readers).get(node.value.id, set())
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_what_it_reads_and_nothing_else(function: str) -> None:
    assert variables_set(function) - OF_THE_FRAMEWORK == variables_read(function, READERS)


def test_logs_are_copied_as_often_as_the_code_says() -> None:
    assert tables()["settings"]["head_jobs"]["LOG_COPY_INTERVAL_S"] == str(LOG_COPY_INTERVAL_S)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_only_replaces_an_address_of_google_is_never_set(function: str) -> None:
    assert variables_set(function) & (variables_read(function, {"override"}) | {"STORAGE_EMULATOR_HOST"}) == set()


def test_overrides_are_found_at_all() -> None:
    assert variables_read("runs", {"override"}) >= {"DATABASE_URL", "IAP_KEYS_URL", "TASKS_ENDPOINT"}


def test_the_table_holds_every_function_and_no_other() -> None:
    assert set(tables()["functions"]) == functions_on_disk() | AWAITED


def test_benchling_has_its_warehouse_from_a_secret_and_no_database() -> None:
    row = tables()["functions"]["benchling"]
    assert row["secrets"] == {"BENCHLING_URL": "benchling_url"}
    assert row["pool"] == 0
    assert "database" not in row["settings"]


def test_the_job_of_the_migrations_is_told_what_it_reads_and_nothing_else() -> None:
    job = ast.parse(Path(ROOT / "migrations/job.py").read_text("utf-8"))
    read = names_in(job, READERS) | groups(READERS)["DatabaseSettings"]
    told = set(re.findall(r'name\s*=\s*"([A-Z_]+)"', Path(ROOT / "terraform/migrations.tf").read_text("utf-8")))
    assert told == read - {"DATABASE_POOL_SIZE"}  # which has a default that is enough for one connection
