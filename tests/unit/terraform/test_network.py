"""What the machines of Batch may reach, and which accounts in the project could do more than was meant."""

import ipaddress

import pytest

from tests.support.terraform import resource, tables

EGRESS = "egress_of_jobs"


def reaches(address: str, port: int, protocol: str = "tcp") -> bool:
    """Whether the first rule that matches lets a machine of Batch send; without a rule Google lets it."""
    for rule in sorted(tables()[EGRESS].values(), key=lambda rule: int(rule["priority"])):
        ranges = tables()["private_ranges"] if isinstance(rule["ranges"], str) else rule["ranges"]
        if not any(ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in ranges):
            continue
        if rule["allowed_tcp"] and (protocol != "tcp" or str(port) not in rule["allowed_tcp"]):
            continue
        return bool(rule["allowed_tcp"])
    return True


@pytest.mark.parametrize("address", ["142.250.1.1", "199.36.153.8", "140.82.112.3"])
@pytest.mark.parametrize("port", [80, 443])
def test_machines_of_batch_reach_the_web_and_googles_services(address: str, port: int) -> None:
    assert reaches(address, port)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("10.20.0.7", 443),  # another machine of the subnet
        ("10.64.0.3", 5432),  # the database
        ("10.64.0.3", 3307),  # the same, for connectors
        ("172.17.0.1", 80),
        ("192.168.1.1", 443),
        ("100.64.0.1", 443),
        ("169.254.1.1", 80),
    ],
)
def test_machines_of_batch_do_not_reach_the_private_network(address: str, port: int) -> None:
    assert not reaches(address, port)


@pytest.mark.parametrize(("port", "protocol"), [(22, "tcp"), (25, "tcp"), (5432, "tcp"), (53, "udp"), (443, "udp")])
def test_machines_of_batch_reach_no_other_service_of_the_internet(port: int, protocol: str) -> None:
    assert not reaches("8.8.8.8", port, protocol)


def test_the_rules_apply_to_head_jobs_and_to_tasks() -> None:
    firewall = resource("google_compute_firewall", EGRESS)
    assert firewall.arguments["direction"] == "EGRESS"
    assert firewall.arguments["target_service_accounts"] == "${local.job_accounts}"
    assert all(name in str(tables()["job_accounts"]) for name in ("head_job", "task_job"))


def test_the_default_accounts_have_no_roles() -> None:
    defaults = resource("google_project_default_service_accounts", "this")
    assert defaults.arguments["action"] == "DEPRIVILEGE"


@pytest.mark.parametrize(
    ("kind", "name", "argument"),
    [
        ("google_sql_database_instance", "this", "encryption_key_name"),
        ("google_artifact_registry_repository", "images", "kms_key_name"),
    ],
)
def test_the_operators_key_encrypts_database_and_images(kind: str, name: str, argument: str) -> None:
    found = resource(kind, name)
    assert found.arguments[argument] == "${var.kms_key}"
    assert "google_kms_crypto_key_iam_member.user" in str(found.arguments["depends_on"])


@pytest.mark.parametrize("name", ["bucket", "sources"])
def test_the_operators_key_encrypts_buckets(name: str) -> None:
    bucket = resource("google_storage_bucket", name)
    assert "encryption" in {block.kind for block in bucket.blocks}
    assert "google_kms_crypto_key_iam_member.user" in str(bucket.arguments["depends_on"])
