"""What stands around Sluice is looked for under the names that Terraform gives."""

from typing import cast

import pytest

from tools.verify.deployment import Deployment, Json, ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.facts.surroundings import budget_exists, expected_alerts, image_path
from tools.verify.outcomes import Failed, Held, NotTriedError, Outcome

REPOSITORY = "/v1/projects/lab/locations/europe-west1/repositories/sluice"
AT_REGISTRY = "europe-west1-docker.pkg.dev/lab/sluice"


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("nextflow@sha256:00ff", "dockerImages/nextflow@sha256:00ff"),
        ("nextflow:25.10", "packages/nextflow/tags/25.10"),
        ("heads/nextflow:25.10", "packages/heads%2Fnextflow/tags/25.10"),
    ],
)
def test_an_image_is_found_by_its_digest_or_its_tag(image: str, path: str) -> None:
    assert image_path(f"{AT_REGISTRY}/{image}") == f"{REPOSITORY}/{path}"


def test_alerts_of_each_kind_in_terraform_are_expected() -> None:
    names = expected_alerts()
    assert {"Sluice: The API fails", "Sluice: queue_worker gets no requests", "Sluice: role_missing"} <= set(names)
    assert len(names) == len(set(names))


class Billing:
    """A project with a billing account whose budgets answer like this."""

    project = "lab"

    def __init__(self, budgets: Json | ServiceRefusedError) -> None:
        self._budgets = budgets

    def google(self, service: str) -> "Billing":
        assert service in ("cloudbilling", "billingbudgets")
        return self

    def get(self, path: str) -> Json:
        if path == "/v1/projects/lab/billingInfo":
            return {"billingAccountName": "billingAccounts/01-02"}
        assert path == "/v1/billingAccounts/01-02/budgets"
        if isinstance(self._budgets, ServiceRefusedError):
            raise self._budgets
        return self._budgets


def budget(answer: Json | ServiceRefusedError) -> Outcome:
    return budget_exists(Subject(cast(Deployment, Billing(answer))))


def test_a_budget_of_sluice_is_looked_for_in_the_billing_account() -> None:
    assert budget({"budgets": [{"displayName": "Sluice prod"}]}) == Held()
    assert isinstance(budget({}), Failed)


def test_budgets_that_whoever_verifies_may_not_see_are_not_tried() -> None:
    with pytest.raises(NotTriedError, match=r"roles/billing\.viewer on billingAccounts/01-02"):
        budget(ServiceRefusedError("billingbudgets", 403, "The caller does not have permission"))
    with pytest.raises(ServiceRefusedError):
        budget(ServiceRefusedError("billingbudgets", 503, "away"))
