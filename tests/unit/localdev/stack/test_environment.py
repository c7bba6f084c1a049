"""Each part receives the settings it needs, and no variable that would misconfigure it."""

import tempfile
from pathlib import Path

import pytest

from common.composition.identity import read_identity
from common.composition.service_callers import read_service_callers
from common.settings import Environment
from localdev.stack.environment import base_environment, check_nextflow, function_environment, trigger_url
from localdev.stack.layout import FUNCTIONS, StackError
from localdev.stack.ports import Ports
from localdev.stand_ins.storage.api.signed_urls import SIGNER_FILE

PORTS = Ports(8080)
KEYS = Path(tempfile.mkdtemp(prefix="sluice-keys-"))  # where the functions find their logins
PRIVATE = {"queue_worker", "bucket_watcher"}


def _settings(name: str) -> dict[str, str]:
    return function_environment(name, PORTS, "postgresql+pg8000://app@127.0.0.1:8081/sluice", KEYS)


def test_variables_of_the_machine_are_kept() -> None:
    assert base_environment({"PATH": "/bin", "NEXTFLOW": "/opt/nextflow"}).items() >= {
        ("PATH", "/bin"),
        ("NEXTFLOW", "/opt/nextflow"),
    }


@pytest.mark.parametrize(
    "name", ["K_SERVICE", "GOOGLE_APPLICATION_CREDENTIALS", "PORT", "FUNCTION_TARGET", "DEBUG_CALLER"]
)
def test_variables_that_would_misconfigure_a_function_are_removed(name: str) -> None:
    assert name not in base_environment({name: "anything"})


def test_local_requests_never_use_a_proxy() -> None:
    assert base_environment({"HTTP_PROXY": "http://proxy:3128"})["NO_PROXY"] == "127.0.0.1,localhost"


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - PRIVATE))
def test_a_public_function_trusts_only_iap(name: str) -> None:
    env = Environment(_settings(name))
    identity = read_identity(env)
    env.check()
    assert identity.keys_url == "http://127.0.0.1:8080/_iap/keys"
    assert identity.debug_caller is None


@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_a_private_function_trusts_only_services(name: str) -> None:
    env = Environment(_settings(name))
    callers = read_service_callers(env)
    env.check()
    assert callers.certs_url == "http://127.0.0.1:8083/certs"
    assert "IAP_AUDIENCE" not in _settings(name)


def test_file_notices_have_the_audience_that_the_watcher_expects() -> None:
    assert _settings("bucket_watcher")["SERVICE_AUDIENCE"] == trigger_url(PORTS)


def test_only_functions_that_sign_links_receive_the_signing_key() -> None:
    holders = {name for name in FUNCTIONS if "GOOGLE_APPLICATION_CREDENTIALS" in _settings(name)}
    assert holders == {"runs", "logs"}
    assert {_settings(name)["GOOGLE_APPLICATION_CREDENTIALS"] for name in holders} == {str(KEYS / SIGNER_FILE)}


def test_only_functions_that_use_the_database_receive_its_url() -> None:
    assert {name for name in FUNCTIONS if "DATABASE_URL" not in _settings(name)} == {
        "pipelines",
        "benchling",
        "console",
    }


def test_only_the_benchling_function_receives_the_benchling_url() -> None:
    assert {name for name in FUNCTIONS if "BENCHLING_URL" in _settings(name)} == {"benchling"}
    address = _settings("benchling")["BENCHLING_URL"]
    assert "://benchling_reader:" in address
    assert "@127.0.0.1:8081/benchling" in address


@pytest.mark.parametrize("chosen", ["/nowhere", "/"])
def test_a_nextflow_that_cannot_be_run_is_refused(chosen: str) -> None:
    with pytest.raises(StackError, match=f"NEXTFLOW is {chosen}, which is not an executable file"):
        check_nextflow({"NEXTFLOW": chosen})


@pytest.mark.parametrize("machine", [{}, {"NEXTFLOW": ""}, {"NEXTFLOW": "/bin/sh"}])
def test_the_simulator_and_a_program_are_accepted(machine: dict[str, str]) -> None:
    check_nextflow(machine)


def test_each_function_has_the_login_of_its_own_account() -> None:
    logins = {name: Path(_settings(name)["NETRC"]).read_text() for name in FUNCTIONS}
    assert all(f" login {name} " in text for name, text in logins.items())
    assert len(set(logins.values())) == len(FUNCTIONS)
