"""What each function is deployed with: exactly what it imports, at the versions that were tested."""

import pytest

from tools.pack_function.imports import ROOT, third_party_modules
from tools.pack_function.pack import functions_in
from tools.pack_function.requirements import faults_in, packages_of, pins_of, read_lock

FUNCTIONS = functions_in()


def test_every_function_has_its_requirements() -> None:
    assert {"runs", "logs", "events", "queue_worker", "bucket_watcher", "pipelines"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_deployed_with_what_it_imports_at_the_versions_that_were_tested(function: str) -> None:
    imported = packages_of(third_party_modules(f"functions.{function}.main"))
    assert list(faults_in(pins_of(function, ROOT), imported, read_lock(ROOT))) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_sorted(function: str) -> None:
    pins = pins_of(function, ROOT)
    assert list(pins) == sorted(pins)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_has_the_library_of_the_chat_agent(function: str) -> None:
    """LangGraph brings thirty packages along; it is for those who run a graph."""
    roots = {module.partition(".")[0] for module in third_party_modules(f"functions.{function}.main")}
    assert {root for root in roots if root.startswith(("langgraph", "langchain", "langsmith"))} == set()


def test_the_store_of_conversations_does_have_it() -> None:
    assert "langgraph.checkpoint.base" in third_party_modules("common.services.checkpoints.store")
