"""Numbers in Terraform that the code, or another number there, relies on."""

import re

import pytest

from common.domain.runs.recovery import WORK_DIR_LIFETIME
from common.services.queue.work_queue import _DEADLINE
from tests.support.terraform import resource, tables, values_of


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_all_connections_of_all_instances_fit_into_the_database(environment: str) -> None:
    values = values_of(environment)
    limits = values.get("instances", {})
    needed = [limits.get(name, {}).get("max", row["max"]) * row["pool"] for name, row in tables()["functions"].items()]
    reserved = tables()["connections_reserved"]
    assert sum(needed) + max(needed) + reserved <= values["database_max_connections"]


def test_work_directories_are_deleted_when_recoveries_say_that_they_are() -> None:
    buckets = tables()["buckets"]
    assert buckets["work_bucket"]["deleted_after_days"] == WORK_DIR_LIFETIME.days
    assert buckets["runs_bucket"]["deleted_after_days"] is buckets["logs_bucket"]["deleted_after_days"] is None


def test_only_the_bucket_of_inputs_and_results_keeps_what_was_overwritten() -> None:
    keeps = {key: (bucket["versioned"], bucket["soft_delete_days"] > 0) for key, bucket in tables()["buckets"].items()}
    assert keeps == {"runs_bucket": (True, True), "logs_bucket": (False, False), "work_bucket": (False, False)}


def test_no_lifecycle_rule_has_a_prefix_in_which_a_wildcard_would_match_nothing() -> None:
    rules = [block for block in resource("google_storage_bucket", "bucket").blocks if block.kind == "lifecycle_rule"]
    conditions = [inner.arguments for rule in rules for inner in rule.blocks if inner.kind == "condition"]
    assert len(conditions) == 2
    assert not [condition for condition in conditions if "matches_prefix" in condition]


def test_the_worker_may_take_as_long_as_the_queue_waits() -> None:
    assert tables()["functions"]["queue_worker"]["timeout_s"] == _DEADLINE.total_seconds()


def test_the_queue_gives_up_nothing() -> None:
    (retry,) = [block for block in resource("google_cloud_tasks_queue", "work").blocks if block.kind == "retry_config"]
    assert str(retry.arguments["max_attempts"]).strip("${}") == "-1"


def test_streams_last_as_long_as_cloud_run_allows() -> None:
    row = tables()["functions"]["events"]
    assert (row["timeout_s"], row["concurrency"]) == (3600, 1000)


def test_the_trigger_watches_the_logs_bucket_and_no_other() -> None:
    trigger = resource("google_eventarc_trigger", "logs")
    watched = {
        block.arguments["attribute"]: block.arguments["value"] for block in trigger.blocks if "value" in block.arguments
    }
    assert set(watched) == {"type", "bucket"}
    assert re.search(r'bucket\["?logs_bucket', str(watched["bucket"]).replace("\\", ""))
