import re
import subprocess

import pytest

from tests.unit.localdev.nextflow_simulator.conftest import (
    SESSION,
    SIMULATOR,
    SimulatedRun,
    Simulator,
    environment_of_process,
)

PER_SAMPLE = {"FASTQC", "SIMPLEAF_QUANT", "ALEVINQC", "EMPTYDROPS_CELL_CALLING", "MTX_TO_H5AD", "MTX_TO_SEURAT"}
ONCE = {"GTF_GENE_FILTER", "SIMPLEAF_INDEX", "CONCAT_H5AD", "MULTIQC"}


@pytest.fixture(scope="module")
def finished(simulator: Simulator) -> SimulatedRun:
    return simulator.run("run-finished", ["S1", "S2"])


def processes(run: SimulatedRun) -> set[str]:
    return {row["process"].rpartition(":")[2] for row in run.rows()}


def test_every_process_of_the_pipeline_runs(finished: SimulatedRun) -> None:
    assert finished.exit_code == 0
    assert processes(finished) == PER_SAMPLE | ONCE
    assert set(finished.statuses()) == {"COMPLETED"}


def test_lanes_of_one_sample_are_one_task(finished: SimulatedRun) -> None:
    tags = [row["tag"] for row in finished.rows() if row["process"].endswith(":FASTQC")]

    assert sorted(tags) == ["S1", "S2"]


def test_a_task_starts_after_the_tasks_it_depends_on(finished: SimulatedRun) -> None:
    rows = {(row["process"].rpartition(":")[2], row["tag"]): row for row in finished.rows()}

    assert int(rows["SIMPLEAF_QUANT", "S1"]["submit"]) >= int(rows["SIMPLEAF_INDEX", "genome_genes.gtf"]["complete"])
    assert int(rows["MULTIQC", "-"]["submit"]) >= int(rows["SIMPLEAF_QUANT", "S2"]["complete"])


def test_times_of_a_task_are_consistent(finished: SimulatedRun) -> None:
    for row in finished.rows():
        submit, start, complete = int(row["submit"]), int(row["start"]), int(row["complete"])
        assert submit <= start <= complete
        assert int(row["duration"]) == complete - submit


def test_the_trace_has_the_configured_columns(finished: SimulatedRun) -> None:
    header = finished.trace.split(b"\n")[0].decode()

    assert header.split("\t")[:4] == ["task_id", "hash", "native_id", "process"]
    assert header.split("\t")[-1] == "error_action"


def test_each_task_is_a_labelled_batch_job_with_the_account_of_tasks(
    simulator: Simulator, finished: SimulatedRun
) -> None:
    jobs = simulator.jobs("run-finished")

    assert {job["labels"]["sluice-role"] for job in jobs} == {"task"}
    assert {str(job["allocationPolicy"]["serviceAccount"]) for job in jobs} == {"{'email': 'tasks@lab.example'}"}
    named = {f"{str(job['name']).rpartition('/')[2]}/0/{job['uid']}" for job in jobs}
    assert named == {row["native_id"] for row in finished.rows()}
    assert all(re.fullmatch(r"nf-[0-9a-f]{8}-\d{13}/0/.+", native_id) for native_id in named)


def test_work_directories_and_results_are_objects(simulator: Simulator, finished: SimulatedRun) -> None:
    work = finished.rows()[0]["workdir"].removeprefix("gs://sluice-work/")

    assert simulator.objects.read("sluice-work", f"{work}/.exitcode") == b"0"
    assert simulator.objects.read("sluice-work", f"{work}/.command.log").startswith(b"Running ")
    assert b"realtime=" in simulator.objects.read("sluice-work", f"{work}/.command.trace")
    assert simulator.objects.read("sluice-work", f"{work}/.command.sh").startswith(b"#!/bin/bash")
    results = list(simulator.objects.names("sluice-runs", "runs/run-finished/results/"))
    assert "runs/run-finished/results/multiqc/multiqc_report.html" in results
    staged = [
        name.rpartition("/")[2] for name in simulator.objects.names("sluice-work", "runs/run-finished/work/stage-")
    ]
    assert staged == ["samplesheet.csv"]
    assert any("/bin/" in name for name in simulator.objects.names("sluice-work", "runs/run-finished/work/tmp/"))


def test_reports_are_written(finished: SimulatedRun) -> None:
    assert "Nextflow workflow report" in (finished.folder / "report.html").read_text()
    assert (finished.folder / "report.html").stat().st_size > 2_900_000
    assert "execution timeline" in (finished.folder / "timeline.html").read_text()


def test_a_resumed_session_reuses_everything(simulator: Simulator, finished: SimulatedRun) -> None:
    resumed = simulator.run("run-resumed", ["S1", "S2"], root="run-finished", resume=True)

    before = {row["hash"]: row for row in finished.rows()}
    assert resumed.exit_code == 0
    assert set(resumed.statuses()) == {"CACHED"}
    assert resumed.log.count(b"Cached process > ") == len(before)
    published = simulator.objects.names("sluice-runs", "runs/run-resumed/results/")
    assert "runs/run-resumed/results/multiqc/multiqc_report.html" in list(published)
    for row in resumed.rows():
        old = before[row["hash"]]
        assert (row["native_id"], row["submit"], row["workdir"]) == (old["native_id"], old["submit"], old["workdir"])


def test_a_sheet_with_another_time_reruns_the_task_that_reads_it(simulator: Simulator, finished: SimulatedRun) -> None:
    resumed = simulator.run("run-touched", ["S1", "S2"], root="run-finished", resume=True, sheet_time=7)

    assert [row["process"].rpartition(":")[2] for row in resumed.rows() if row["status"] == "COMPLETED"] == [
        "CONCAT_H5AD"
    ]


def test_a_resumed_session_runs_only_new_tasks(simulator: Simulator, finished: SimulatedRun) -> None:
    resumed = simulator.run("run-more", ["S1", "S2", "S3"], root="run-finished", resume=True)

    ran = {(row["process"].rpartition(":")[2], row["tag"]) for row in resumed.rows() if row["status"] == "COMPLETED"}
    assert ran == {(process, "S3") for process in PER_SAMPLE} | {("CONCAT_H5AD", "-"), ("MULTIQC", "-")}


def test_a_changed_parameter_reruns_the_tasks_that_use_it(simulator: Simulator, finished: SimulatedRun) -> None:
    resumed = simulator.run("run-param", ["S1"], root="run-finished", resume=True, params="protocol: 10XV2\n")

    cached = {row["process"].rpartition(":")[2] for row in resumed.rows() if row["status"] == "CACHED"}
    assert cached == {"FASTQC", "GTF_GENE_FILTER", "SIMPLEAF_INDEX"}


def test_without_the_cloud_cache_nothing_is_reused(simulator: Simulator, finished: SimulatedRun) -> None:
    variables = {"NXF_CLOUDCACHE_PATH": ""}

    resumed = simulator.run("run-no-cache", ["S1"], root="run-finished", resume=True, variables=variables)

    assert set(resumed.statuses()) == {"COMPLETED"}


def test_a_session_without_history_is_refused(simulator: Simulator) -> None:
    run = simulator.run("run-unknown", ["S1"], resume=True, variables={"NXF_IGNORE_RESUME_HISTORY": "false"})

    reason = f"AbortOperationException: Can't find a run with the specified id: {SESSION} -- Execution can't be resumed"
    assert run.exit_code == 1
    assert reason.encode() in run.log
    assert b"Goodbye" not in run.log


def test_a_failed_task_runs_again_when_resumed(simulator: Simulator) -> None:
    simulator.run("run-broken", ["S1", "S2"], variables={"SIM_FAIL": "MULTIQC:exit"})

    repaired = simulator.run("run-repaired", ["S1", "S2"], root="run-broken", resume=True)

    rerun = {row["process"].rpartition(":")[2] for row in repaired.rows() if row["status"] == "COMPLETED"}
    assert repaired.exit_code == 0
    assert "MULTIQC" in rerun
    assert not rerun & {"FASTQC", "GTF_GENE_FILTER", "SIMPLEAF_INDEX", "SIMPLEAF_QUANT"}


def test_an_empty_samplesheet_is_refused_by_the_pipeline(simulator: Simulator) -> None:
    run = simulator.run("run-empty", [])

    assert run.exit_code == 1
    assert b"WorkflowScriptErrorException: The samplesheet has no samples." in run.log
    assert b"Session aborted -- Cause: The samplesheet has no samples." in run.log
    assert b"Goodbye" not in run.log


def test_another_pipeline_is_not_found(simulator: Simulator) -> None:
    arguments = simulator.arguments("run-other", ["S1"], root="run-other")
    arguments[arguments.index("nf-core/scrnaseq")] = "nf-core/rnaseq"

    code = subprocess.run(
        [str(SIMULATOR), *arguments],
        env=environment_of_process(simulator.environment("run-other")),
        stdout=subprocess.DEVNULL,
        check=False,
    ).returncode

    assert code == 1
    assert b"Cannot find `nf-core/rnaseq`" in simulator.result("run-other", code).log
