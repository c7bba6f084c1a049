"""The requirements of each function are exactly what it imports, at the locked versions."""

import pytest

from tools.pack_function.imports import ROOT, third_party_modules
from tools.pack_function.pack import functions_in
from tools.pack_function.requirements import faults_in, packages_of, pins_of, read_lock

FUNCTIONS = functions_in()


def test_all_functions_are_checked() -> None:
    assert {"runs", "logs", "events", "queue_worker", "bucket_watcher", "pipelines"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_what_a_function_imports_at_the_locked_versions(function: str) -> None:
    imported = packages_of(third_party_modules(f"functions.{function}.main"))
    assert list(faults_in(pins_of(function, ROOT), imported, read_lock(ROOT))) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_sorted(function: str) -> None:
    pins = pins_of(function, ROOT)
    assert list(pins) == sorted(pins)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_requires_langgraph(function: str) -> None:
    """LangGraph brings thirty packages, which only programs that run a graph need."""
    roots = {module.partition(".")[0] for module in third_party_modules(f"functions.{function}.main")}
    assert {root for root in roots if root.startswith(("langgraph", "langchain", "langsmith"))} == set()


def test_the_checkpoint_store_requires_langgraph() -> None:
    assert "langgraph.checkpoint.base" in third_party_modules("common.services.checkpoints.store")
