"""Which objects head jobs and tasks may read and write, by the grants and conditions of Terraform."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.domain.runs import files as run_files
from localdev.iam.conditions import allows, extract
from tests.support.terraform import expanded, tables

RUN = "run-1a2b3c4d"
HEAD, TASK = "head_job", "task_job"
LIST, READ = "storage.objects.list", "storage.objects.get"
WRITES = ("storage.objects.create", "storage.objects.update", "storage.objects.delete")
PERMISSIONS: Mapping[str, set[str]] = {
    "roles/storage.objectViewer": {LIST, READ},
    "roles/storage.objectUser": {LIST, READ, *WRITES},
    "${local.list_names}": {LIST},
}
RUNS_NAME = "projects/_/buckets/lab-sluice-runs/objects/runs/"

# Keys by bucket, and who may do what with them: R the head job may read, W write, r a task may read, w write.
OBJECTS = [
    ("runs_bucket", f"runs/{RUN}/results/multiqc/report.html", "RWr"),
    ("runs_bucket", f"runs/{RUN}/results/", "RWr"),
    ("runs_bucket", f"runs/{RUN}/results/inputs/params.yaml", "RWr"),
    ("runs_bucket", run_files.input_key(RUN, run_files.PARAMS), "R"),
    ("runs_bucket", f"runs/{RUN}/inputs/results/params.yaml", "R"),
    ("runs_bucket", f"runs/{RUN}/inputs/results", "R"),
    ("runs_bucket", f"runs/{RUN}/inputs/../results/params.yaml", "R"),
    ("runs_bucket", f"runs/{RUN}/inputs/{RUNS_NAME}{RUN}/results/params.yaml", "R"),
    ("runs_bucket", f"inputs/{RUNS_NAME}{RUN}/results/params.yaml", "R"),
    ("runs_bucket", f"runs/{RUN}/results-old/report.html", "R"),
    ("runs_bucket", f"runs/{RUN}/launch.sh", "R"),
    ("runs_bucket", "runs/results/report.html", "R"),
    ("runs_bucket", "runs//results/report.html", "R"),
    ("runs_bucket", "runs/archive/results/report.html", "R"),
    ("runs_bucket", "results/report.html", "R"),
    ("runs_bucket", f"audit/runs/{RUN}/results/2026-11-30.json", "R"),
    # what gcsfuse asks for on the way to results
    ("runs_bucket", "runs", "Rr"),
    ("runs_bucket", "runs/", "Rr"),
    ("runs_bucket", f"runs/{RUN}", "Rr"),
    ("runs_bucket", f"runs/{RUN}/", "Rr"),
    ("runs_bucket", f"runs/{RUN}/results", "Rr"),
    ("logs_bucket", run_files.log_key(RUN, run_files.NEXTFLOW_LOG), "RW"),
    ("logs_bucket", run_files.log_key(RUN, run_files.TRACE), "RW"),
    ("logs_bucket", run_files.log_key(RUN, run_files.REPORT), "RW"),
    ("logs_bucket", run_files.log_key(RUN, run_files.TIMELINE), "RW"),
    ("logs_bucket", run_files.log_key(RUN, run_files.EXIT_CODE), "RW"),
    ("logs_bucket", f"runs/{RUN}/logs/{run_files.NEXTFLOW_LOG}/", "R"),
    ("logs_bucket", run_files.archive_key(RUN), "R"),
    ("logs_bucket", f"runs/{RUN}/archive/{RUN}.zip", "R"),
    ("logs_bucket", f"runs/{RUN}/archive/logs/nextflow.log", "R"),
    ("logs_bucket", f"runs/{RUN}/logs/old/nextflow.log", "R"),
    ("logs_bucket", f"runs/{RUN}/logs/old/logs/nextflow.log", "R"),
    ("logs_bucket", f"archives/{RUN}/logs/nextflow.log", "R"),
    ("logs_bucket", "audit/logs/nextflow.log", "R"),
    ("work_bucket", f"runs/{RUN}/work/ab/cdef0123456789/.command.out", "RWrw"),
    ("work_bucket", f"runs/{RUN}/work/stage-1/ab/sheet.csv", "RWrw"),
    ("work_bucket", f"runs/{RUN}/work", "Rr"),
    ("work_bucket", f"runs/{RUN}/cache/0bb384b7-a195-5faa-934c-b7c0b00fc151/ab", "RWr"),
    ("work_bucket", f"runs/{RUN}/other/work/x", "Rr"),
    ("work_bucket", f"runs/{RUN}/other/cache/x", "Rr"),
    ("work_bucket", f"work/{RUN}/x", "Rr"),
]  # fmt: skip


def may(account: str, permission: str, bucket: str, key: str = "") -> bool:
    """The resource of a listing is the bucket, that of everything else the object."""
    name = f"projects/_/buckets/{expanded(tables()['buckets'][bucket]['name'])}"
    name += "" if permission == LIST else f"/objects/{key}"
    for target, roles in tables()["grants"][account].items():
        folder = tables()["folders"].get(target)
        is_of_bucket = (folder["bucket"] if folder else target) == bucket
        if not is_of_bucket or (folder and not allows(expanded(folder["expression"]), name)):
            continue
        if any(permission in PERMISSIONS[role] for role in roles):
            return True
    return False


@pytest.mark.parametrize(("bucket", "key", "allowed"), OBJECTS)
def test_jobs_reach_only_the_objects_that_they_need(bucket: str, key: str, allowed: str) -> None:
    found = {"R": may(HEAD, READ, bucket, key), "r": may(TASK, READ, bucket, key)}
    for write in WRITES:
        found["W"], found["w"] = may(HEAD, write, bucket, key), may(TASK, write, bucket, key)
        assert "".join(mark for mark in "RWrw" if found[mark]) == allowed


def test_jobs_list_the_names_in_the_buckets_that_they_mount() -> None:
    buckets = list(tables()["buckets"])
    assert {bucket for bucket in buckets if may(HEAD, LIST, bucket)} == {"runs_bucket", "logs_bucket", "work_bucket"}
    assert {bucket for bucket in buckets if may(TASK, LIST, bucket)} == {"runs_bucket", "work_bucket"}


SEGMENTS = st.sampled_from(
    [
        "runs",
        RUN,
        "run-",
        "results",
        "inputs",
        "logs",
        "work",
        "cache",
        "nextflow.log",
        "x",
        "",
        "..",
        *RUNS_NAME.split("/"),
    ]
)


@pytest.mark.parametrize(
    ("account", "bucket", "writable"),
    [
        (HEAD, "runs_bucket", r"runs/run-[^/]*/results/.*"),
        (HEAD, "logs_bucket", r"runs/run-[^/]*/logs/(nextflow\.log|trace\.txt|report\.html|timeline\.html|exit_code)"),
        (HEAD, "work_bucket", r"runs/run-[^/]*/(work|cache)/.*"),
        (TASK, "runs_bucket", r"(?!)"),
        (TASK, "logs_bucket", r"(?!)"),
        (TASK, "work_bucket", r"runs/run-[^/]*/work/.*"),
    ],
)
@given(segments=st.lists(SEGMENTS, max_size=12))
@example(segments=["runs", RUN, "results", "x"])
@example(segments=["runs", RUN, "logs", "nextflow.log"])
@example(segments=["runs", RUN, "work", "x"])
@example(segments=["runs", RUN, "cache", "x"])
def test_jobs_write_exactly_the_names_that_are_meant(
    account: str, bucket: str, writable: str, segments: list[str]
) -> None:
    key = "/".join(segments)
    assert may(account, WRITES[0], bucket, key) == bool(re.fullmatch(writable, key))


@given(segments=st.lists(SEGMENTS, min_size=1, max_size=8).filter(any))
@example(segments=["runs", RUN, "results"])
@example(segments=["runs", RUN, "inputs", "results"])
def test_tasks_read_results_and_no_inputs(segments: list[str]) -> None:
    key = "/".join(segments)
    readable = r"runs|runs/run-[^/]*|runs/run-[^/]*/results(/.*|.*/results)?|.*/"
    assert may(TASK, READ, "runs_bucket", key) == bool(re.fullmatch(readable, key))
    assert not re.match(r"runs/run-[^/]*/inputs/.*[^/]$", key) or not may(TASK, READ, "runs_bucket", key)


def test_a_condition_is_not_longer_than_google_allows() -> None:
    for folder in tables()["folders"].values():
        assert len(re.findall(r"&&|\|\|", folder_condition := expanded(folder["expression"]))) <= 12
        assert len(folder_condition) < 2_000


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("/order_date={date}/", "2019-11-03"),
        ("buckets/{name}/", "acme-orders-aaa"),
        ("/orders/{empty}order_date", ""),
        ("{start}/objects/data_lake", "projects/_/buckets/acme-orders-aaa"),
        ("orders/{end}", "order_date=2019-11-03/aef87g87ae0876"),
        ("/orders/{none}/order_date=", ""),
        ("/orders/order_date=2019-11-03/{id}/data_lake", ""),
    ],
)
def test_extract_returns_what_googles_documentation_says(template: str, found: str) -> None:
    name = "projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876"
    assert extract(name, template) == found


@pytest.mark.parametrize(
    "wrong", ["resource.name.size() > 3", "request.time == 'x'", "true", "'a' && 'b'", "('a' == 'a'"]
)
def test_a_condition_that_the_evaluator_does_not_know_is_an_error(wrong: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        allows(wrong, "x")
