"""What each function is deployed with: exactly what it imports, at the versions that were tested."""

import re

import pytest

from tests.support.imports import ROOT, third_party_modules

LOCK = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py"))

# what provides a module; the longest name wins
PROVIDERS = {
    "flask": "flask",
    "flask_swagger_ui": "flask-swagger-ui",
    "functions_framework": "functions-framework",
    "google.api_core": "google-api-core",
    "google.auth": "google-auth",
    "google.oauth2": "google-auth",
    "google.cloud.batch_v1": "google-cloud-batch",
    "google.cloud.logging": "google-cloud-logging",
    "google.cloud.sql.connector": "cloud-sql-python-connector",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.tasks_v2": "google-cloud-tasks",
    "jsonschema_rs": "jsonschema-rs",
    "pg8000": "pg8000",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",  # its other half, which pydantic pins itself
    "requests": "requests",
    "sqlalchemy": "sqlalchemy",
    "starlette": "starlette",
    "werkzeug": "werkzeug",
    "yaml": "pyyaml",
}
# what a package needs for what we ask of it, and does not bring along
NEEDED_BY = {"google-auth": {"cryptography"}, "sqlalchemy": {"pg8000"}}


def pins_of(function: str) -> dict[str, str]:
    lines = (ROOT / "functions" / function / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines)


def provider_of(module: str) -> str | None:
    """The package that holds `module`; None for a mere part of a name, such as `google.cloud`."""
    owners = [name for name in PROVIDERS if f"{module}.".startswith(f"{name}.")]
    if not owners:
        assert any(name.startswith(f"{module}.") for name in PROVIDERS), f"nothing is known to provide {module}"
        return None
    return PROVIDERS[max(owners, key=len)]


def packages_imported_by(function: str) -> set[str]:
    modules = third_party_modules(f"functions.{function}.main")
    named = {package for module in modules if (package := provider_of(module))}
    return named.union(*(NEEDED_BY.get(package, set()) for package in named))


def test_every_function_has_its_requirements() -> None:
    assert {"runs", "logs", "events", "queue_worker", "bucket_watcher", "pipelines"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_deployed_with_what_it_imports_and_nothing_else(function: str) -> None:
    assert set(pins_of(function)) == packages_imported_by(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_deployed_with_the_versions_that_were_tested(function: str) -> None:
    pins = pins_of(function)
    assert pins == {name: LOCK[name] for name in pins}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_sorted(function: str) -> None:
    assert list(pins_of(function)) == sorted(pins_of(function))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_has_the_library_of_the_chat_agent(function: str) -> None:
    """LangGraph brings thirty packages along; it is for those who run a graph."""
    roots = {module.partition(".")[0] for module in third_party_modules(f"functions.{function}.main")}
    assert {root for root in roots if root.startswith(("langgraph", "langchain", "langsmith"))} == set()


def test_the_store_of_conversations_does_have_it() -> None:
    assert "langgraph.checkpoint.base" in third_party_modules("common.services.checkpoint_store")
