"""Terraform keeps the audit: Sluice's records and Google's data-access logs."""

from common.telemetry import telemetry
from tests.support.terraform import FOLDER, resource


def test_the_sink_takes_the_records_of_the_audit_logger() -> None:
    assert telemetry("audit").name == "sluice.audit"
    text = (FOLDER / "audit.tf").read_text("utf-8")
    assert 'jsonPayload.logger = \\"sluice.audit\\"' in text
    assert "google_logging_project_bucket_config.audit.id" in str(
        resource("google_logging_project_sink", "audit").arguments
    )


def test_reads_of_storage_and_iap_are_logged() -> None:
    text = str(resource("google_project_iam_audit_config", "data_access").arguments)
    assert "storage.googleapis.com" in text
    assert "iap.googleapis.com" in text
