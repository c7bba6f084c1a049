import pytest

from tools.pack_function.imports import PackError
from tools.pack_function.installed import closure, provider_of


@pytest.mark.parametrize(
    ("module", "provider"),
    [
        ("yaml", "pyyaml"),
        ("flask.Request", "flask"),
        ("google.cloud.batch_v1.types.Job", "google-cloud-batch"),
        ("google.oauth2", "google-auth"),
        ("google.cloud.sql.connector", "cloud-sql-python-connector"),
        ("jsonschema_rs", "jsonschema-rs"),
        ("google.cloud", None),
    ],
)
def test_a_module_is_found_in_the_distribution_that_provides_it(module: str, provider: str | None) -> None:
    assert provider_of(module) == provider


def test_a_module_that_nothing_provides_is_refused() -> None:
    with pytest.raises(PackError, match=r"no installed package provides google\.cloud\.teleport"):
        provider_of("google.cloud.teleport")


def test_the_closure_has_the_requirements_on_the_functions_platform() -> None:
    needed = closure(["flask"])
    assert {"flask", "werkzeug", "jinja2", "markupsafe", "click", "blinker", "itsdangerous"} <= set(needed)
    assert {"colorama", "asgiref", "python-dotenv"}.isdisjoint(needed)  # for Windows and unrequested extras


def test_the_closure_has_the_requirements_of_requested_extras() -> None:
    assert "grpcio-status" in closure(["google-cloud-batch"])  # by google-api-core[grpc]
    assert "grpcio-status" not in closure(["google-api-core"])


def test_a_distribution_that_is_not_installed_is_refused() -> None:
    with pytest.raises(PackError, match="teleport is required but not installed here"):
        closure(["teleport"])
