import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.batch.launch_plan import INPUTS_DIR, LOGS_DIR, CopyPace, label_value, launch_plan
from common.domain.pipelines.pipeline import LaunchNeeds
from common.domain.runs.files import Buckets
from tests.support.runs import make_run

BUCKETS = Buckets(runs="runs-b", logs="logs-b", work="work-b")
COPIES = CopyPace(min_s=7, max_s=70)
PLAN = launch_plan(make_run(), BUCKETS, LaunchNeeds(), copies=COPIES)


def test_the_job_is_named_after_the_run() -> None:
    assert PLAN.job_id == "sluice-run-1a2b3c4d"


def test_the_labels_name_run_pipeline_and_owner() -> None:
    assert PLAN.labels == {
        "sluice-run": "run-1a2b3c4d",
        "sluice-role": "head",
        "sluice-pipeline": "nf-core-scrnaseq",
        "sluice-owner": "ana-lab-example",
    }


def test_the_command_runs_the_launcher_from_the_mounted_inputs() -> None:
    assert PLAN.commands == ("/bin/bash", "/mnt/disks/inputs/launch.sh")


def test_inputs_are_mounted_read_only_and_logs_writable() -> None:
    mounted = {volume.mount_path: (volume.remote_path, volume.read_only) for volume in PLAN.volumes}
    assert mounted == {
        INPUTS_DIR: ("runs-b/runs/run-1a2b3c4d/inputs/", True),
        LOGS_DIR: ("logs-b/runs/run-1a2b3c4d/logs/", False),
    }


def test_the_environment_has_all_that_the_launcher_reads_and_no_secret() -> None:
    assert PLAN.environment == {
        "RUN_ID": "run-1a2b3c4d",
        "RUN_NAME": "run-1a2b3c4d",
        "PIPELINE": "nf-core/scrnaseq",
        "PIPELINE_VERSION": "2.7.1",
        "INPUTS_DIR": "/mnt/disks/inputs",
        "LOGS_DIR": "/mnt/disks/logs",
        "OUTDIR": "gs://runs-b/runs/run-1a2b3c4d/results",
        "SHEET_DIR": f"/tmp/sluice-{make_run().session_id}",  # noqa: S108
        "WORK_DIR": "gs://work-b/runs/run-1a2b3c4d/work",
        "NXF_UUID": make_run().session_id,
        "NXF_CLOUDCACHE_PATH": "gs://work-b/runs/run-1a2b3c4d/cache",
        "NXF_IGNORE_RESUME_HISTORY": "true",
        "NXF_ANSI_LOG": "false",
        "NXF_DISABLE_CHECK_LATEST": "true",
        "NXF_OPTS": "-Xms512m -Xmx4096m",
        "LOG_COPY_MIN_S": "7",
        "LOG_COPY_MAX_S": "70",
    }


def test_a_recovery_resumes_the_session_in_the_work_directory_of_the_root() -> None:
    recovered = make_run(
        run_id="run-cccccccc",
        parent_run_id="run-bbbbbbbb",
        session_id=make_run().session_id,
        reused_work_dir="gs://work-b/runs/run-aaaaaaaa/work",
    )

    environment = launch_plan(recovered, BUCKETS, LaunchNeeds(), copies=COPIES).environment

    assert (environment["WORK_DIR"], environment["NXF_CLOUDCACHE_PATH"]) == (
        "gs://work-b/runs/run-aaaaaaaa/work",
        "gs://work-b/runs/run-aaaaaaaa/cache",
    )
    assert environment["RESUME_SESSION"] == environment["NXF_UUID"] == make_run().session_id
    assert environment["SHEET_DIR"] == PLAN.environment["SHEET_DIR"]
    assert (environment["RUN_NAME"], environment["OUTDIR"]) == ("run-cccccccc", "gs://runs-b/runs/run-cccccccc/results")


def test_a_recovery_that_reuses_nothing_is_launched_like_a_first_run() -> None:
    afresh = make_run(parent_run_id="run-bbbbbbbb", is_recovery=True)
    assert launch_plan(afresh, BUCKETS, LaunchNeeds(), copies=COPIES) == PLAN


def test_a_param_of_the_user_cannot_set_a_variable() -> None:
    hostile = launch_plan(make_run(params={"RUN_ID": "run-00000000"}), BUCKETS, LaunchNeeds(), copies=COPIES)
    assert hostile.environment == PLAN.environment


def test_a_release_that_the_strict_parser_refuses_gets_the_old_one() -> None:
    old = launch_plan(make_run(), BUCKETS, LaunchNeeds(parser="v1"), copies=COPIES)
    assert dict(old.environment) == {**PLAN.environment, "NXF_SYNTAX_PARSER": "v1"}


def test_the_heap_leaves_a_quarter_of_the_memory_to_everything_else() -> None:
    (heap,) = re.findall(r"-Xmx(\d+)m", PLAN.environment["NXF_OPTS"])
    assert int(heap) <= PLAN.memory_mib * 3 / 4


def test_the_longest_run_time_is_just_below_14_days() -> None:
    assert 13 * 24 < PLAN.max_run_hours < 14 * 24


@given(st.text())
def test_any_text_becomes_a_valid_label_value(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{0,63}", label_value(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [("Ana@Lab.example", "ana-lab-example"), ("nf-core/scrnaseq", "nf-core-scrnaseq"), ("", ""), ("a" * 80, "a" * 63)],
)
def test_a_label_value_stays_readable(text: str, value: str) -> None:
    assert label_value(text) == value
