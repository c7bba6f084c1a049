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


def test_references_to_what_is_there_are_no_fault() -> None:
    assert faults(TEXT) == []


@pytest.mark.parametrize(
    ("written", "instead", "expected"),
    [
        ("= var.name", '= "x"', ["a.tf:2: var.name is not used"]),
        ("= local.buckets", "= {}", ["a.tf:5: local.buckets is not used"]),
        ("var.name }", "var.nome, two = var.name }", ["a.tf:6: var.nome is not declared"]),
        ("bucket.b[", "bucket.d[", ["a.tf:13: google_storage_bucket.d is not declared"]),
        ('["one"].name', '["one"].names', ["a.tf:13: google_storage_bucket tells no names"]),
        ("p.number", "p.numeral", ["a.tf:13: google_project tells no numeral"]),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(written: str, instead: str, expected: list[str]) -> None:
    assert written in TEXT
    assert faults(TEXT.replace(written, instead, 1)) == expected


def test_values_have_to_be_those_of_variables() -> None:
    found = variable_faults("env/dev.tfvars", {"nome": "x"}, read_text(TEXT, "a.tf"), frozenset())
    assert [fault.text for fault in found] == [
        "there is no variable nome",
        "the variable name has no default and is not set",
    ]


def test_what_the_deployment_itself_gives_need_not_be_in_a_file() -> None:
    assert list(variable_faults("env/dev.tfvars", {}, read_text(TEXT, "a.tf"), frozenset({"name"}))) == []
