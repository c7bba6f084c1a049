"""Numbers in Terraform agree with each other and with the code."""

import re
from datetime import timedelta

import pytest

from common.domain.runs.run import WORK_DIR_REUSABLE
from common.services.queue.work_queue import _DEADLINE
from tests.support.terraform import resource, tables, values_of


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_database_has_enough_connections_for_all_instances(environment: str) -> None:
    values = values_of(environment)
    limits = values.get("instances", {})
    needed = [limits.get(name, {}).get("max", row["max"]) * row["pool"] for name, row in tables()["functions"].items()]
    reserved = tables()["connections_reserved"]
    assert sum(needed) + max(needed) + reserved <= values["database_max_connections"]


def test_work_directories_are_deleted_when_the_code_says() -> None:
    buckets = tables()["buckets"]
    kept_for = timedelta(days=buckets["work_bucket"]["deleted_after_days"])
    assert kept_for == WORK_DIR_REUSABLE + timedelta(days=14)  # Batch ends every job within 14 days
    assert buckets["runs_bucket"]["deleted_after_days"] is buckets["logs_bucket"]["deleted_after_days"] is None


def test_only_the_runs_bucket_keeps_old_versions() -> None:
    keeps = {key: (bucket["versioned"], bucket["soft_delete_days"] > 0) for key, bucket in tables()["buckets"].items()}
    assert keeps == {"runs_bucket": (True, True), "logs_bucket": (False, False), "work_bucket": (False, False)}


def test_lifecycle_rules_have_no_prefix() -> None:
    rules = [block for block in resource("google_storage_bucket", "bucket").blocks if block.kind == "lifecycle_rule"]
    conditions = [inner.arguments for rule in rules for inner in rule.blocks if inner.kind == "condition"]
    assert len(conditions) == 3
    assert not [condition for condition in conditions if "matches_prefix" in condition]


def test_the_workers_timeout_equals_the_queues_deadline() -> None:
    assert tables()["functions"]["queue_worker"]["timeout_s"] == _DEADLINE.total_seconds()


def test_the_queue_retries_without_limit() -> None:
    (retry,) = [block for block in resource("google_cloud_tasks_queue", "work").blocks if block.kind == "retry_config"]
    assert str(retry.arguments["max_attempts"]).strip("${}") == "-1"


def test_streams_have_cloud_runs_longest_timeout() -> None:
    row = tables()["functions"]["events"]
    assert (row["timeout_s"], row["concurrency"]) == (3600, 1000)


def test_the_trigger_watches_only_the_logs_bucket() -> None:
    trigger = resource("google_eventarc_trigger", "logs")
    watched = {
        block.arguments["attribute"]: block.arguments["value"] for block in trigger.blocks if "value" in block.arguments
    }
    assert set(watched) == {"type", "bucket"}
    assert re.search(r'bucket\["?logs_bucket', str(watched["bucket"]).replace("\\", ""))
