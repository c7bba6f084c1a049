import pytest

from tests.unit.tools.check_terraform.provider import small_provider
from tools.check_terraform.hcl import read_text
from tools.check_terraform.references import reference_faults, variable_faults

TEXT = """
variable "name" {
  type = string
}
locals {
  buckets = { one = var.name } # not var.other
}
resource "google_storage_bucket" "b" {
  for_each = local.buckets
  name     = each.value
}
resource "google_storage_bucket" "c" {
  name = "${google_storage_bucket.b["one"].name}-${data.google_project.p.number}"
}
data "google_project" "p" {
}
"""


def faults(text: str) -> list[str]:
    return [str(fault) for fault in reference_faults({"a.tf": text}, read_text(text, "a.tf"), small_provider())]


def test_valid_references_have_no_fault() -> None:
    assert faults(TEXT) == []


@pytest.mark.parametrize(
    ("written", "instead", "expected"),
    [
        ("= var.name", '= "x"', ["a.tf:2: var.name is not used"]),
        ("= local.buckets", "= {}", ["a.tf:5: local.buckets is not used"]),
        ("var.name }", "var.nome, two = var.name }", ["a.tf:6: var.nome is not declared"]),
        ("bucket.b[", "bucket.d[", ["a.tf:13: google_storage_bucket.d is not declared"]),
        ('["one"].name', '["one"].names', ["a.tf:13: google_storage_bucket has no attribute names"]),
        ("p.number", "p.numeral", ["a.tf:13: google_project has no attribute numeral"]),
    ],
)
def test_a_reference_without_declaration_is_reported(written: str, instead: str, expected: list[str]) -> None:
    assert written in TEXT
    assert faults(TEXT.replace(written, instead, 1)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a", "b", []),
        ("a", "x", ["a.tf:19: google_storage_bucket.x is not declared"]),
        ("c", "b", ["a.tf:18: google_storage_bucket.c is declared, so it has not moved"]),
    ],
)
def test_what_has_moved_is_declared_under_its_new_name_only(old: str, new: str, expected: list[str]) -> None:
    block = f"moved {{\n  from = google_storage_bucket.{old}\n  to   = google_storage_bucket.{new}\n}}\n"
    assert faults(TEXT + block) == expected


def test_values_must_match_the_declared_variables() -> None:
    found = variable_faults("env/dev.tfvars", {"nome": "x"}, read_text(TEXT, "a.tf"), frozenset())
    assert [fault.text for fault in found] == [
        "variable nome is not declared",
        "variable name has no default and must be set",
    ]


def test_a_variable_set_by_the_deployment_may_be_missing() -> None:
    assert list(variable_faults("env/dev.tfvars", {}, read_text(TEXT, "a.tf"), frozenset({"name"}))) == []
