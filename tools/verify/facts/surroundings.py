"""What stands around Sluice: the warehouse, the image of head jobs, alerts and the budget."""

import re

import requests

from tools.check_terraform.hcl import locals_in, plain, read_text
from tools.pack_function.imports import ROOT
from tools.verify.deployment import ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, NotTriedError, Outcome


def warehouse_answers(subject: Subject) -> Outcome:
    """Benchling's warehouse answers."""
    answer = subject.get("/api/benchling/runs?page_size=1")
    if answer.status_code == requests.codes.ok:
        return Held()
    return Failed(
        f"GET /api/benchling/runs answered {answer.status_code}: {answer.text[:200]}",
        "Benchling is away for the people of the lab; nothing else is affected",
        "check the secret benchling-url (gcloud secrets versions access latest --secret=benchling-url) and that the "
        "warehouse allows `terraform -chdir=terraform output egress_address`; without a warehouse: WITHOUT=benchling",
    )


def head_image_exists(subject: Subject) -> Outcome:
    """Artifact Registry has the image of head jobs."""
    image = subject.deployment.settings("queue_worker")["HEAD_JOB_IMAGE"]
    registry = subject.deployment.google("artifactregistry")
    if "-docker.pkg.dev/" not in image:
        raise NotTriedError(f"HEAD_JOB_IMAGE={image} is not in Artifact Registry")
    try:
        registry.get(image_path(image))
    except ServiceRefusedError as error:
        return Failed(
            f"HEAD_JOB_IMAGE={image} of queue_worker: {error}",
            "no run starts: Batch cannot pull the image of head jobs",
            "make deploy FUNCTION=queue_worker builds it",
        )
    return Held(image.rpartition("/")[2])


def image_path(image: str) -> str:
    """The path in Artifact Registry's API of an image that is named by its digest, or by its tag."""
    host, project, repository, name = image.split("/", 3)
    parent = f"projects/{project}/locations/{host.removesuffix('-docker.pkg.dev')}/repositories/{repository}"
    if "@" in name:
        return f"/v1/{parent}/dockerImages/{name.replace('/', '%2F')}"
    package, _, tag = name.rpartition(":")
    return f"/v1/{parent}/packages/{package.replace('/', '%2F')}/tags/{tag}"


def alerts_exist(subject: Subject) -> Outcome:
    """Cloud Monitoring has Sluice's alerts, and they are on."""
    monitoring = subject.deployment.google("monitoring")
    found = monitoring.get(f"/v3/projects/{subject.deployment.project}/alertPolicies").get("alertPolicies", [])
    ours = {policy["displayName"]: policy.get("enabled", True) for policy in found}
    missing = sorted(name for name in expected_alerts() if not ours.get(name))
    if missing:
        return Failed(
            f"missing or off: {'; '.join(missing)}",
            "nobody hears of an outage",
            "make deploy (terraform/alerts.tf)",
        )
    return Held(f"{len(expected_alerts())} alerts")


def expected_alerts() -> list[str]:
    """The names of the alerts of terraform/alerts.tf."""
    blocks = read_text((ROOT / "terraform/alerts.tf").read_text("utf-8"), "alerts.tf")
    titles = [row["title"] for row in locals_in(blocks)["alerts"].values()]
    found = []
    for block in blocks:
        if block.labels[:1] == ["google_monitoring_alert_policy"]:
            each, name = plain(block.arguments.get("for_each")), str(block.arguments["display_name"])
            keys = list(each) if isinstance(each, dict) else titles
            found += [re.sub(r"\$\{.*}", key, name) for key in keys] if each else [name]
    return found


def budget_exists(subject: Subject) -> Outcome:
    """The billing account has Sluice's budget."""
    project = subject.deployment.project
    account = subject.deployment.google("cloudbilling").get(f"/v1/projects/{project}/billingInfo")["billingAccountName"]
    try:
        budgets = subject.deployment.google("billingbudgets").get(f"/v1/{account}/budgets").get("budgets", [])
    except ServiceRefusedError as error:
        if error.status != requests.codes.forbidden:
            raise
        raise NotTriedError(f"{error}; to see budgets takes roles/billing.viewer on {account}") from error
    if not any(budget.get("displayName", "").startswith("Sluice ") for budget in budgets):
        return Failed(
            f"{account} has no budget of Sluice",
            "nobody hears when pipelines cost more than planned",
            "set billing_account in terraform/env, then make deploy (terraform/budget.tf); without one: WITHOUT=budget",
        )
    return Held()
