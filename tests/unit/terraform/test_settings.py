"""Terraform sets exactly the environment variables that the functions read."""

import ast
import re
from pathlib import Path

import pytest

from common.composition.head_jobs import LOG_COPIES
from tests.support.terraform import functions_on_disk, resource, tables, values_of, variables_set
from tools.pack_function.imports import ROOT, follow

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


def variables_read(main: str, readers: set[str]) -> set[str]:
    """What `main` reads itself, and what the modules of composition that it imports read."""
    reading = {
        path for name, path in follow(main).modules.items() if name == main or name.startswith("common.composition.")
    }
    return {name for path in reading for name in names_in(ast.parse(path.read_text("utf-8")), readers)}


def main_of(function: str) -> str:
    return f"functions.{function}.main"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_terraform_sets_exactly_the_variables_that_a_function_reads(function: str) -> None:
    assert variables_set(function) - OF_THE_FRAMEWORK == variables_read(main_of(function), READERS)


def test_the_optional_token_needs_a_choice_in_the_values() -> None:
    secret = resource("google_secret_manager_secret", "secret")
    assert secret.arguments["for_each"] == "${local.secrets_in_use}"
    assert "!contains(keys(local.secrets_wanted), each.key)" in secret.arguments["deletion_protection"]  # may go again
    assert "var.use_github_token" in str(tables()["secrets_wanted"])
    assert not any("use_github_token" in values_of(environment) for environment in ("dev", "prod"))


def test_terraform_copies_logs_as_often_as_the_code() -> None:
    head_jobs = tables()["settings"]["head_jobs"]
    assert (head_jobs["LOG_COPY_MIN_S"], head_jobs["LOG_COPY_MAX_S"]) == (str(LOG_COPIES.min_s), str(LOG_COPIES.max_s))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_terraform_never_overrides_a_google_address(function: str) -> None:
    overrides = variables_read(main_of(function), {"override"}) | {"STORAGE_EMULATOR_HOST"}
    assert variables_set(function) & overrides == set()


def test_overrides_that_a_function_reads_are_found() -> None:
    assert variables_read(main_of("runs"), {"override"}) >= {"DATABASE_URL", "IAP_KEYS_URL", "TASKS_ENDPOINT"}


def test_the_table_lists_exactly_the_existing_functions() -> None:
    assert set(tables()["functions"]) == functions_on_disk()


def test_benchling_reads_its_warehouse_from_a_secret_and_has_no_database() -> None:
    row = tables()["functions"]["benchling"]
    assert row["secrets"] == {"BENCHLING_URL": "benchling_url"}
    assert row["pool"] == 0
    assert "database" not in row["settings"]


def test_terraform_sets_exactly_the_variables_that_the_migration_job_reads() -> None:
    job = ast.parse(Path(ROOT / "migrations/job.py").read_text("utf-8"))
    read = names_in(job, READERS) | variables_read("common.composition.database", READERS)
    given = set(re.findall(r'name\s*=\s*"([A-Z_]+)"', Path(ROOT / "terraform/migrations.tf").read_text("utf-8")))
    assert given == read - {"DATABASE_POOL_SIZE"}  # its default is enough for one connection
