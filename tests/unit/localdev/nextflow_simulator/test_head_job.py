"""launch.sh and the simulator as a job of the Batch stand-in, as a launch starts them."""

import time
from pathlib import Path

import pytest
import requests

from common.domain.batch.launch_config import ChildJobSettings, default_config, launch_config
from localdev.stack.layout import LOGS_BUCKET, PARENT, PROJECT, REGION, RUNS_BUCKET
from tests.unit.localdev.nextflow_simulator.conftest import SESSION, Simulator

LAUNCHER = Path(__file__).parents[4] / "headjob" / "launch.sh"


def start(simulator: Simulator, run_id: str, *, speed: str) -> str:
    """Create the head job of a run with one sample; return its URL."""
    inputs = {
        "samplesheet.csv": "sample,fastq_1,fastq_2\nS1,a_R1.fastq.gz,a_R2.fastq.gz\n",
        "params.yaml": "aligner: alevin\n",
        "defaults.config": default_config(),
        "nextflow.config": "// nothing\n",
        "sluice.config": launch_config(
            run_id, ChildJobSettings(project=PROJECT, location=REGION, service_account="a@b")
        ),
        "launch.sh": LAUNCHER.read_text(),
    }
    for name, text in inputs.items():
        simulator.objects.write(RUNS_BUCKET, f"runs/{run_id}/inputs/{name}", text.encode())
    variables = simulator.environment(run_id) | {
        "RUN_NAME": run_id, "PIPELINE": "nf-core/scrnaseq", "PIPELINE_VERSION": "2.7.1", "SIM_SPEED": speed,
        "INPUTS_DIR": "/mnt/disks/inputs", "LOGS_DIR": "/mnt/disks/logs", "LOG_COPY_MIN_S": "2",
        "OUTDIR": f"gs://{RUNS_BUCKET}/runs/{run_id}/results", "WORK_DIR": f"gs://sluice-work/runs/{run_id}/work",
        "SHEET_DIR": str(simulator.folder / f"sheet-{run_id}"),
    }  # fmt: skip
    container = {"imageUri": "nextflow/nextflow:25.10.4", "commands": ["/bin/bash", "/mnt/disks/inputs/launch.sh"]}
    volumes = [
        {
            "gcs": {"remotePath": f"{RUNS_BUCKET}/runs/{run_id}/inputs/"},
            "mountPath": "/mnt/disks/inputs",
            "mountOptions": ["-o ro"],
        },
        {
            "gcs": {"remotePath": f"{LOGS_BUCKET}/runs/{run_id}/logs/"},
            "mountPath": "/mnt/disks/logs",
            "mountOptions": ["-o rw"],
        },
    ]
    task = {"runnables": [{"container": container}], "environment": {"variables": variables}, "volumes": volumes}
    job = {"taskGroups": [{"taskSpec": task}], "labels": {"sluice-run": run_id, "sluice-role": "head"}}
    jobs = f"http://127.0.0.1:{simulator.batch.port}/v1/{PARENT}/jobs"
    requests.post(jobs, params={"jobId": f"sluice-{run_id}"}, json=job, timeout=10).raise_for_status()
    return f"{jobs}/sluice-{run_id}"


def ended(address: str) -> str:
    """Wait until the job at `address` ends; return its state."""
    deadline = time.monotonic() + 60
    while (state := requests.get(address, timeout=10).json()["status"]["state"]) not in {
        "SUCCEEDED",
        "FAILED",
        "CANCELLED",
    }:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return str(state)


def copied(simulator: Simulator, run_id: str, name: str) -> str:
    return simulator.objects.read(LOGS_BUCKET, f"runs/{run_id}/logs/{name}").decode()


@pytest.fixture(scope="module")
def completed(simulator: Simulator) -> str:
    """The URL of the head job of a run that has ended; its last part is sluice- and the run's id."""
    address = start(simulator, "run-complete", speed="20")
    assert ended(address) == "SUCCEEDED"
    return address


def test_a_run_leaves_its_files_in_the_logs_bucket(simulator: Simulator, completed: str) -> None:
    run_id = completed.rpartition("sluice-")[2]

    assert copied(simulator, run_id, "exit_code") == "0\n"
    assert copied(simulator, run_id, "nextflow.log").splitlines()[-1].endswith("Goodbye")
    assert "\tCOMPLETED\t" in copied(simulator, run_id, "trace.txt")
    assert f"Session UUID: {SESSION}" in copied(simulator, run_id, "nextflow.log")
    assert copied(simulator, run_id, "report.html")
    assert copied(simulator, run_id, "timeline.html")


def test_the_job_of_each_task_asks_for_the_default_disk(completed: str) -> None:
    jobs, run_id = completed.rpartition("/")[0], completed.rpartition("sluice-")[2]

    found = requests.get(jobs, params={"pageSize": "1000"}, timeout=10).json()["jobs"]
    specs = [
        job["taskGroups"][0]["taskSpec"]
        for job in found
        if job["labels"] == {"sluice-run": run_id, "sluice-role": "task"}
    ]
    assert {spec["computeResource"]["bootDiskMib"] for spec in specs} == {str(100 * 1024)}


def test_a_cancelled_run_ends_its_tasks_and_copies_its_final_files(simulator: Simulator) -> None:
    run_id = "run-cancelled"
    address = start(simulator, run_id, speed="0.4")
    while "Submitted process" not in "".join(
        copied(simulator, run_id, "nextflow.log")
        for _ in simulator.objects.names(LOGS_BUCKET, f"runs/{run_id}/logs/nextflow.log")
    ):
        time.sleep(0.1)

    requests.post(f"{address}:cancel", timeout=10).raise_for_status()

    assert ended(address) == "CANCELLED"
    assert copied(simulator, run_id, "exit_code") == "1\n"
    assert "Session aborted -- Cause: SIGTERM" in copied(simulator, run_id, "nextflow.log")
    assert "\tABORTED\t" in copied(simulator, run_id, "trace.txt")
    left = {str(job["labels"]["sluice-role"]) for job in simulator.jobs(run_id) if job["status"]["state"] == "RUNNING"}
    assert left == set()
