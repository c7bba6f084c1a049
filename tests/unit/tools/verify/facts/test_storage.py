"""The settings of buckets that verify expects are those of Terraform and of the local stack."""

import pytest

from localdev.stack.layout import LOGS_BUCKET, RUNS_BUCKET, WORK_BUCKET
from localdev.stack.provision import bucket_settings
from tests.support.terraform import tables
from tools.verify.deployment import Json
from tools.verify.facts.storage import KEEPING, differences

LOCAL = {"RUNS_BUCKET": RUNS_BUCKET, "LOGS_BUCKET": LOGS_BUCKET, "WORK_BUCKET": WORK_BUCKET}
OLD_WORK = {"action": {"type": "Delete"}, "condition": {"age": 44}}


def test_they_are_those_of_terraform() -> None:
    for variable, keeping in KEEPING.items():
        bucket = tables()["buckets"][variable.lower()]
        assert (keeping.soft_delete_days, keeping.versioned) == (bucket["soft_delete_days"], bucket["versioned"])
        whole = [days for days, endings in keeping.deleted if not endings]
        assert whole == [days for days in [bucket["deleted_after_days"]] if days not in (None, "null")]


@pytest.mark.parametrize("variable", LOCAL)
def test_the_local_buckets_have_them(variable: str) -> None:
    assert differences(bucket_settings()[LOCAL[variable]], KEEPING[variable]) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"softDeletePolicy": {"retentionDurationSeconds": "604800"}}, "has soft delete for 7 days, not 0"),
        ({"softDeletePolicy": {}}, "has soft delete for 7 days, not 0"),
        ({"lifecycle": {}}, "has the lifecycle rules to delete []"),
        ({"lifecycle": {"rule": [OLD_WORK]}}, "has the lifecycle rules to delete [(44, ())]"),
        ({"versioning": {"enabled": True}}, "has versioning"),
        ({"iamConfiguration": {}}, "does not enforce public access prevention"),
    ],
)
def test_a_setting_that_differs_is_named(change: Json, words: str) -> None:
    bucket = bucket_settings()[LOGS_BUCKET] | change
    assert any(words in seen for seen, _means in differences(bucket, KEEPING["LOGS_BUCKET"]))
