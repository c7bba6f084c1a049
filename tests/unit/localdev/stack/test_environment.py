"""Each part is told what it needs, and nothing that would make it believe it is elsewhere."""

from pathlib import Path

import pytest

from common.composition.identity import read_identity
from common.composition.service_callers import read_service_callers
from common.settings import Environment
from localdev.stack.environment import base_environment, function_environment, trigger_url
from localdev.stack.layout import FUNCTIONS
from localdev.stack.ports import Ports
from localdev.stand_ins.storage.api.signed_urls import SIGNER_FILE

PORTS = Ports(8080)
PRIVATE = {"queue_worker", "bucket_watcher"}


def _told(name: str) -> dict[str, str]:
    return function_environment(name, PORTS, "postgresql+pg8000://app@127.0.0.1:8081/sluice", Path("/keys"))


def test_a_childs_environment_keeps_the_machines_own() -> None:
    assert base_environment({"PATH": "/bin", "NEXTFLOW": "/opt/nextflow"}).items() >= {
        ("PATH", "/bin"),
        ("NEXTFLOW", "/opt/nextflow"),
    }


@pytest.mark.parametrize(
    "name", ["K_SERVICE", "GOOGLE_APPLICATION_CREDENTIALS", "PORT", "FUNCTION_TARGET", "DEBUG_CALLER"]
)
def test_what_would_lead_a_function_astray_is_left_out(name: str) -> None:
    assert name not in base_environment({name: "anything"})


def test_requests_to_this_machine_never_go_through_a_proxy() -> None:
    assert base_environment({"HTTP_PROXY": "http://proxy:3128"})["NO_PROXY"] == "127.0.0.1,localhost"


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - PRIVATE))
def test_a_public_function_believes_the_front_door_only(name: str) -> None:
    env = Environment(_told(name))
    identity = read_identity(env)
    env.check()
    assert identity.keys_url == "http://127.0.0.1:8080/_iap/keys"
    assert identity.debug_caller is None


@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_a_private_function_believes_services_only(name: str) -> None:
    env = Environment(_told(name))
    callers = read_service_callers(env)
    env.check()
    assert callers.certs_url == "http://127.0.0.1:8083/certs"
    assert "IAP_AUDIENCE" not in _told(name)


def test_notices_are_addressed_to_the_audience_that_the_watcher_expects() -> None:
    assert _told("bucket_watcher")["SERVICE_AUDIENCE"] == trigger_url(PORTS)


def test_only_who_signs_links_holds_the_key_that_signs_them() -> None:
    holders = {name for name in FUNCTIONS if "GOOGLE_APPLICATION_CREDENTIALS" in _told(name)}
    assert holders == {"runs", "logs"}
    assert {_told(name)["GOOGLE_APPLICATION_CREDENTIALS"] for name in holders} == {f"/keys/{SIGNER_FILE}"}


def test_only_who_needs_the_database_knows_where_it_is() -> None:
    assert {name for name in FUNCTIONS if "DATABASE_URL" not in _told(name)} == {"pipelines", "benchling"}


def test_only_the_function_that_reads_benchling_knows_where_it_is() -> None:
    assert {name for name in FUNCTIONS if "BENCHLING_URL" in _told(name)} == {"benchling"}
    assert "benchling_reader@127.0.0.1:8081/benchling" in _told("benchling")["BENCHLING_URL"]
