"""Faults that the provider would report are found with their lines."""

import pytest

from tests.unit.tools.check_terraform.provider import small_provider
from tools.check_terraform.compare import faults_in
from tools.check_terraform.hcl import read_text

GOOD = """
resource "google_storage_bucket" "b" {
  for_each = local.buckets
  name     = each.value
  location = "europe-west1"
  labels   = { app = "sluice" }

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      age = 30
    }
  }

  dynamic "lifecycle_rule" {
    for_each = [7]
    content {
      condition {
        age = lifecycle_rule.value
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}
"""


def faults(text: str) -> list[str]:
    return [str(fault) for fault in faults_in(read_text(text, "a.tf"), small_provider())]


def test_valid_blocks_have_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ('labels   = { app = "sluice" }', 'label = "x"', "a.tf:6: google_storage_bucket.b accepts no argument label"),
        ('  location = "europe-west1"\n', "", "a.tf:2: google_storage_bucket.b needs location"),
        ("  name     = each.value\n", "", "a.tf:2: google_storage_bucket.b needs name"),
        ("    enabled = true\n", "", "a.tf:8: google_storage_bucket.b.versioning needs enabled"),
        ("    enabled = true\n", '    enabled = true\n    state = "on"\n',
         "a.tf:10: state of google_storage_bucket.b.versioning is set by the provider and cannot be an argument"),
        ("  versioning {\n    enabled = true\n  }", "  versioning = true",
         "a.tf:8: versioning of google_storage_bucket.b is a block: write versioning { … } without ="),
        ('labels   = { app = "sluice" }', 'labels {\n    app = "sluice"\n  }',
         "a.tf:6: labels of google_storage_bucket.b is an argument: write labels = …"),
        ("  versioning {\n    enabled = true\n  }", "  versioning {\n    enabled = true\n  }\n" * 2,
         "a.tf:2: google_storage_bucket.b accepts only one block versioning"),
        ("lifecycle_rule {\n    condition", "lifecycle_rules {\n    condition",
         "a.tf:12: google_storage_bucket.b accepts no block lifecycle_rules"),
    ],
)  # fmt: skip
def test_a_fault_is_reported_with_its_line(written: str, instead: str, fault: str) -> None:
    assert written in GOOD
    assert faults(GOOD.replace(written, instead, 1)) == [fault]


def test_a_misplaced_block_is_reported_with_its_right_place() -> None:
    text = GOOD.replace(
        "  lifecycle_rule {\n    condition {\n      age = 30\n    }\n  }", "  condition {\n    age = 30\n  }"
    )
    assert faults(text) == ["a.tf:12: google_storage_bucket.b accepts no block condition; it belongs to lifecycle_rule"]


def test_a_misplaced_argument_is_reported_with_its_right_place() -> None:
    text = GOOD.replace("    condition {\n      age = 30\n    }", "    condition {\n    }\n    age = 30")
    assert faults(text) == [
        "a.tf:15: google_storage_bucket.b.lifecycle_rule accepts no argument age; it belongs to condition"
    ]


def test_a_fault_inside_a_dynamic_block_is_found() -> None:
    text = GOOD.replace("age = lifecycle_rule.value", "ages = lifecycle_rule.value")
    assert faults(text) == ["a.tf:22: google_storage_bucket.b.lifecycle_rule.condition accepts no argument ages"]


def test_an_unknown_resource_is_a_fault() -> None:
    assert faults('resource "google_bucket" "b" {\n}\n') == [
        "a.tf:1: google_bucket is unknown; add it to tools/check_terraform/places.py"
    ]


def test_a_data_source_is_checked_too() -> None:
    assert faults('data "google_project" "p" {\n  project = "x"\n}\n') == [
        "a.tf:2: google_project.p accepts no argument project"
    ]
