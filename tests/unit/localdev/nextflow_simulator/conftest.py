"""Stand-ins shared by the tests of a module, and runs of the simulator against them."""

import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from common.domain.batch.launch_config import ChildJobSettings, launch_config
from localdev.nextflow_simulator.command_line import parse
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.output import task_texts
from localdev.nextflow_simulator.session import run
from localdev.nextflow_simulator.task import TaskAttempt
from localdev.stack.layout import BUCKETS, PARENT, PROJECT, REGION
from localdev.stand_ins.batch.service import BatchStandIn
from localdev.stand_ins.storage.client import ObjectClient
from localdev.stand_ins.storage.service import StorageStandIn
from tests.unit.localdev.stand_ins.batch.conftest import FakeLogging

SIMULATOR = Path(__file__).parents[4] / "localdev" / "nextflow_simulator" / "bin" / "nextflow"
SESSION = "6e2a7b1c-0000-4000-8000-000000000000"
SHEET_TIME = 946_684_800  # 2000-01-01, as in launch.sh
NO_VARIABLES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRun:
    """The exit code and the files of one run."""

    exit_code: int
    folder: Path
    log: bytes
    trace: bytes

    def rows(self) -> list[dict[str, str]]:
        head, *lines = [line.split("\t") for line in self.trace.decode().splitlines()]
        return [dict(zip(head, line, strict=True)) for line in lines]

    def statuses(self) -> list[str]:
        return [row["status"] for row in self.rows()]


@dataclass(slots=True)
class Simulator:
    """Runs the simulator against stand-ins, with a folder for each run."""

    folder: Path
    storage: StorageStandIn
    batch: BatchStandIn
    objects: ObjectClient
    interrupt: Interrupt = field(default_factory=Interrupt)

    def environment(self, root: str) -> dict[str, str]:
        """The environment of a head job whose run uses the work directory of the run `root`."""
        return {
            "STORAGE_EMULATOR_HOST": self.storage.url,
            "BATCH_ENDPOINT": f"http://127.0.0.1:{self.batch.port}",
            "NXF_UUID": SESSION,
            "NXF_IGNORE_RESUME_HISTORY": "true",
            "NXF_CLOUDCACHE_PATH": f"gs://sluice-work/runs/{root}/cache",
            "SIM_SPEED": "20",
        }

    def arguments(
        self,
        run_id: str,
        samples: Sequence[str],
        *,
        root: str,
        params: str = "",
        config: str = "",
        resume: bool = False,
        sheet_time: int = SHEET_TIME,
    ) -> list[str]:
        """Write the inputs of a run with two lanes per sample; return its command line.

        The sheet has the same path and time in every run, as launch.sh sees to; `sheet_time` gives it another.
        """
        folder, sheet = self.folder / run_id, self.folder / "samplesheet.csv"
        folder.mkdir()
        lanes = "".join(f"{name},gs://d/{name}_L{lane}_R1.fastq.gz,\n" for name in samples for lane in (1, 2))
        jobs = ChildJobSettings(project=PROJECT, location=REGION, service_account="tasks@lab.example")
        sheet.write_text(f"sample,fastq_1,fastq_2\n{lanes}")
        os.utime(sheet, (sheet_time, sheet_time))
        inputs = {
            "params.yaml": f"aligner: alevin\nfasta: gs://d/genome.fa\ngtf: gs://d/genes.gtf\n{params}",
            "nextflow.config": config,
            "sluice.config": launch_config(run_id, jobs),
        }
        for name, text in inputs.items():
            (folder / name).write_text(text)
        line = (
            f"-log {folder}/nextflow.log -c {folder}/nextflow.config -c {folder}/sluice.config run nf-core/scrnaseq "
            f"-r 2.7.1 -name {run_id} -profile docker -work-dir gs://sluice-work/runs/{root}/work -ansi-log false "
            f"-with-trace {folder}/trace.txt -with-report {folder}/report.html -with-timeline {folder}/timeline.html "
            f"-params-file {folder}/params.yaml --input {sheet} "
            f"--outdir gs://sluice-runs/runs/{run_id}/results"
        )
        return line.split() + (["-resume", SESSION] if resume else [])

    def run(
        self,
        run_id: str,
        samples: Sequence[str],
        *,
        root: str = "",
        params: str = "",
        config: str = "",
        resume: bool = False,
        sheet_time: int = SHEET_TIME,
        variables: Mapping[str, str] = NO_VARIABLES,
    ) -> SimulatedRun:
        """Run the simulator in this process."""
        root = root or run_id
        arguments = self.arguments(
            run_id, samples, root=root, params=params, config=config, resume=resume, sheet_time=sheet_time
        )
        with redirect_stdout(io.StringIO()):
            code = run(parse(arguments), self.environment(root) | dict(variables), self.interrupt)
        return self.result(run_id, code)

    def result(self, run_id: str, code: int) -> SimulatedRun:
        """Read the files of a run."""
        folder = self.folder / run_id
        trace = folder / "trace.txt"
        return SimulatedRun(
            exit_code=code,
            folder=folder,
            log=(folder / "nextflow.log").read_bytes(),
            trace=trace.read_bytes() if trace.exists() else b"",
        )

    def has_logged(self, run_id: str, text: str) -> bool:
        log = self.folder / run_id / "nextflow.log"
        return log.exists() and text in log.read_text()

    def have_started(self, run_id: str, last: str) -> bool:
        """Whether the task `last` was submitted, and it and all before it were seen running."""
        if not self.has_logged(run_id, last):
            return False
        submitted = (self.folder / run_id / "nextflow.log").read_text().count("Submitted process > ")
        files = self.objects.names("sluice-work", f"runs/{run_id}/")
        return submitted == sum(name.endswith(".command.begin") for name in files)

    def jobs(self, run_id: str) -> list[dict[str, dict[str, str]]]:
        """The Batch jobs with the label of a run."""
        query = {"filter": f'labels.sluice-run="{run_id}"', "pageSize": "1000"}
        address = f"http://127.0.0.1:{self.batch.port}/v1/{PARENT}/jobs"
        jobs: list[dict[str, dict[str, str]]] = requests.get(address, params=query, timeout=10).json()["jobs"]
        return jobs


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("simulator")
    with ExitStack() as started:
        storage = StorageStandIn(0, folder / "storage")
        storage.start()
        started.callback(storage.stop)
        for bucket in BUCKETS:
            address = f"{storage.url}/storage/v1/b?project={PROJECT}"
            requests.post(address, json={"name": bucket}, timeout=10).raise_for_status()
        logs = FakeLogging()
        logs.start()
        started.callback(logs.stop)
        batch = BatchStandIn(0, folder / "batch", storage.url, f"http://127.0.0.1:{logs.port}", boot_seconds=0.01)
        batch.start()
        started.callback(batch.stop)
        objects = ObjectClient(storage.url)
        started.callback(objects.close)
        yield Simulator(folder, storage, batch, objects)


def environment_of_process(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment for the simulator in its own process."""
    return {**os.environ, **variables, "SLUICE_PYTHON": sys.executable, "TZ": "UTC"}


def before_tasks(patch: pytest.MonkeyPatch, line_for: Callable[[TaskAttempt], str]) -> None:
    """Let the job of each task begin with a line of shell; `sleep 600` is for jobs that must not end by themselves."""
    script_of = task_texts.script_of
    patch.setattr(task_texts, "script_of", lambda task, speed: f"{line_for(task)}\n{script_of(task, speed)}")


def when(claim: Callable[[], bool], act: Callable[[], None]) -> None:
    """Call `act` as soon as `claim` holds."""

    def watch() -> None:
        while not claim():
            time.sleep(0.02)
        act()

    threading.Thread(target=watch, daemon=True).start()
