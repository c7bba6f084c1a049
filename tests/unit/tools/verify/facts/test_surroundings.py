"""What stands around Sluice is looked for under the names that Terraform gives."""

import pytest

from tools.verify.facts.surroundings import expected_alerts, image_path

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
