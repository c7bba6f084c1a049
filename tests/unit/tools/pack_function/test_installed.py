import pytest

from tools.pack_function.errors import PackError
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
def test_modules_are_found_in_the_distribution_that_holds_them(module: str, provider: str | None) -> None:
    assert provider_of(module) == provider


def test_a_module_that_nothing_provides_is_a_fault() -> None:
    with pytest.raises(PackError, match=r"nothing that is installed provides google\.cloud\.teleport"):
        provider_of("google.cloud.teleport")


def test_a_distribution_comes_with_all_that_it_needs_on_the_machine_of_a_function() -> None:
    needed = closure(["flask"])
    assert {"flask", "werkzeug", "jinja2", "markupsafe", "click", "blinker", "itsdangerous"} <= set(needed)
    assert {"colorama", "asgiref", "python-dotenv"}.isdisjoint(needed)  # for Windows, and for extras nobody asked for


def test_extras_that_are_asked_for_are_needed_too() -> None:
    assert "grpcio-status" in closure(["google-cloud-batch"])  # by google-api-core[grpc]
    assert "grpcio-status" not in closure(["google-api-core"])


def test_what_is_not_installed_is_a_fault() -> None:
    with pytest.raises(PackError, match="teleport is needed, and is not installed here"):
        closure(["teleport"])
