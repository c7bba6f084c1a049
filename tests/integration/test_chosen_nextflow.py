"""NEXTFLOW=/path runs another program instead of the simulator, with the command line in docs/head-job.md."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.composition.child_jobs import read_child_jobs
from common.composition.head_jobs import LOG_COPIES, read_head_jobs
from common.domain.batch.job import JobState
from common.domain.batch.launch_config import ChildJobSettings, default_config, launch_config
from common.domain.batch.launch_plan import launch_plan
from common.domain.runs.files import Buckets
from common.domain.runs.run import Run
from common.services.batch.service import BatchService
from common.services.pipelines.release_files import read_launch_needs
from common.settings import Environment
from localdev.stack.environment import ROOT, url
from localdev.stack.layout import LOGS_BUCKET, RUNS_BUCKET, WORK_BUCKET
from localdev.stack.ports import free_port
from localdev.stand_ins.batch.service import BatchStandIn
from localdev.stand_ins.storage.client import ObjectClient
from localdev.stand_ins.storage.service import StorageStandIn
from tests.support.runs import make_run
from tools.head_image.contents import nextflow_version

RECORDER = """#!/bin/bash
printf '%s\\n' "$@" > "$RECORD/arguments"; env > "$RECORD/environment"
pwd > "$RECORD/folder"; ls "$INPUTS_DIR" > "$RECORD/inputs"
echo 'Nov-23 12:00:00.000 [main] INFO  nextflow.cli.CmdRun - recorded' > "$2"
exit 1
"""
NEEDS = read_launch_needs("nf-core/scrnaseq", "2.7.1")
BUCKETS = Buckets(runs=RUNS_BUCKET, logs=LOGS_BUCKET, work=WORK_BUCKET)
FIRST = make_run()
RECOVERY = make_run(
    run_id="run-00000002",
    session_id=FIRST.session_id,
    parent_run_id=FIRST.run_id,
    reused_work_dir=f"gs://{WORK_BUCKET}/runs/{FIRST.run_id}/work",
)
PAGE = (ROOT / "docs" / "head-job.md").read_text()


@dataclass(frozen=True, slots=True)
class Recorded:
    """How the program was started; local folders are replaced by the names on the page."""

    command: str
    environment: set[str]
    inputs: list[str]


@dataclass(frozen=True, slots=True)
class Machine:
    """A Batch stand-in whose `nextflow` is `program`, at first the recorder."""

    batch: BatchService
    objects: ObjectClient
    record: Path
    program: Path

    def run(self, run: Run) -> Recorded:
        """Run the head job of `run`; return what the recorder saw."""
        assert b"recorded" in self.log_of_failed(run)
        return self._recorded()

    def log_of_failed(self, run: Run) -> bytes:
        """Run the head job of `run` in Batch, as its launch would create it; it must fail. Return its nextflow.log."""
        files = {
            "launch.sh": (ROOT / "headjob" / "launch.sh").read_text(),
            "sluice.config": launch_config(
                run.run_id, ChildJobSettings(project="p", location="l", service_account="s")
            ),
            "defaults.config": default_config(),
            **dict.fromkeys(("samplesheet.csv", "params.yaml", "nextflow.config"), ""),
        }
        for name, text in files.items():
            self.objects.write(RUNS_BUCKET, f"runs/{run.run_id}/inputs/{name}", text.encode())
        plan = launch_plan(run, BUCKETS, NEEDS, copies=LOG_COPIES)
        self.batch.create_job(plan)
        deadline = time.monotonic() + 60
        while (job := self.batch.get_job(self.batch.job_name(plan.job_id))) and not job.has_ended:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert job is not None
        assert job.state == JobState.FAILED
        assert self.objects.read(LOGS_BUCKET, f"runs/{run.run_id}/logs/exit_code") == b"1\n"
        return self.objects.read(LOGS_BUCKET, f"runs/{run.run_id}/logs/nextflow.log")

    def _recorded(self) -> Recorded:
        lines = {path.name: path.read_text().splitlines() for path in self.record.iterdir()}
        variables = dict(line.split("=", 1) for line in lines["environment"] if "=" in line)
        (scratch,) = lines["folder"]
        names = {
            scratch: "$SCRATCH",
            variables["INPUTS_DIR"]: "/mnt/disks/inputs",
            variables["LOGS_DIR"]: "/mnt/disks/logs",
            variables["SLUICE_IMAGE"]: "/opt/sluice",
        }

        def with_names(text: str) -> str:
            for folder, name in names.items():
                text = text.replace(folder, name)
            return text

        command = with_names(" ".join(["nextflow", *lines["arguments"]]))
        return Recorded(command, set(map(with_names, lines["environment"])), lines["inputs"])


@pytest.fixture
def machine(tmp_path: Path, storage_service: StorageStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    record, program = tmp_path / "record", tmp_path / "my-nextflow"
    record.mkdir()
    program.write_text(RECORDER)
    program.chmod(0o755)
    monkeypatch.setenv("NEXTFLOW", str(program))
    monkeypatch.setenv("RECORD", str(record))
    monkeypatch.setenv("SLUICE_IMAGE", str(image_with_release(tmp_path / "image")))
    service = BatchStandIn(0, tmp_path / "batch", storage_service.url, url(free_port()), boot_seconds=0)
    service.start()
    env = Environment(
        {
            "GOOGLE_CLOUD_PROJECT": "local-lab",
            "BATCH_LOCATION": "europe-west1",
            "HEAD_JOB_SERVICE_ACCOUNT": "head@lab",
            "TASK_JOB_SERVICE_ACCOUNT": "tasks@lab",
            "BATCH_ENDPOINT": url(service.port),
        }
    )
    objects = ObjectClient(storage_service.url)
    yield Machine(BatchService(read_head_jobs(env, read_child_jobs(env))), objects, record, program)
    objects.close()
    service.stop()


def image_with_release(folder: Path) -> Path:
    """What headjob/fetch.sh notes of nf-core/scrnaseq 2.7.1 in the image."""
    release = folder / "releases" / "nf-core" / "scrnaseq" / "2.7.1"
    release.parent.mkdir(parents=True)
    release.write_text("reads_site_configs\n" if NEEDS.reads_site_configs else "-\n")
    return folder


def commands_on_page() -> list[str]:
    return re.findall(r"^nextflow -log .*$", PAGE, re.MULTILINE)


def test_a_launch_uses_the_documented_command_line(machine: Machine) -> None:
    found = machine.run(FIRST)
    first, _ = commands_on_page()
    assert found.command == first
    of_the_job, of_the_image = re.findall(r"```env\n(.*?)```", PAGE, re.DOTALL)
    assert set(of_the_job.splitlines()) <= found.environment
    assert set(of_the_image.splitlines()) - {"NXF_HOME=/.nextflow"} <= found.environment
    assert {*found.inputs} == {
        "launch.sh",
        "defaults.config",
        "nextflow.config",
        "params.yaml",
        "samplesheet.csv",
        "sluice.config",
    }


def test_a_recovery_uses_the_documented_command_line(machine: Machine) -> None:
    found = machine.run(RECOVERY)
    _, second = commands_on_page()
    assert found.command == second
    assert f"NXF_UUID={FIRST.session_id}" in found.environment
    assert f"NXF_CLOUDCACHE_PATH=gs://{WORK_BUCKET}/runs/{FIRST.run_id}/cache" in found.environment


def test_the_page_shows_the_default_settings() -> None:
    assert default_config() in PAGE


def test_a_program_that_only_ends_with_0_fails_its_run_and_says_what_is_missing(machine: Machine) -> None:
    machine.program.write_bytes(Path("/bin/true").read_bytes())
    assert (
        b"ERROR headjob.launch - The command nextflow ended with 0 but wrote no nextflow.log"
        in machine.log_of_failed(FIRST)
    )


def test_the_page_shows_the_variables_of_the_image() -> None:
    dockerfile = (ROOT / "headjob" / "Dockerfile").read_text()
    (given,) = set(re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE))
    _, block = re.findall(r"```env\n(.*?)```", PAGE, re.DOTALL)
    assert set(given.split()) <= set(block.splitlines())


def test_the_page_names_the_nextflow_and_the_plugins_of_the_image() -> None:
    plugins = [line.split("\t")[0] for line in (ROOT / "headjob" / "plugins.tsv").read_text().splitlines()[1:]]
    assert all(f"`{name}`" in PAGE for name in plugins)
    assert f"Nextflow {nextflow_version()}" in PAGE


def test_the_page_documents_every_variable_of_the_job() -> None:
    block, _ = re.findall(r"```env\n(.*?)```", PAGE, re.DOTALL)
    plan = launch_plan(FIRST, BUCKETS, NEEDS, copies=LOG_COPIES)
    assert {f"{name}={value}" for name, value in plan.environment.items()} == set(block.splitlines())
