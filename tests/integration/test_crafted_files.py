"""What a user can try with params, sheets and cells, and a job with its log and its trace, on a running stack."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Final

import pytest

from localdev.stack.stack import Stack
from tests.support.attacker import User, write_log

OWNER: Final = "raw@lab.example"
JSON: Final = "application/json"


@pytest.fixture(scope="module")
def run_id(stack: Stack) -> Iterator[str]:
    """A run of the owner, which is cancelled after the tests."""
    owner = User(stack, OWNER)
    made = str(owner.submit().json()["run_id"])
    yield made
    owner.ask("DELETE", f"/api/runs/{made}")


INPUTS: Final = {
    "another user's results": {"fasta": "gs://sluice-runs/runs/{other}/results/a.fa"},
    "in capitals": {"fasta": "GS://SLUICE-RUNS/runs/{other}/results/a.fa"},
    "a doubled slash": {"fasta": "gs://sluice-runs//runs/{other}/results/a.fa"},
    "one's own folder and up": {"fasta": "gs://sluice-runs/runs/{own}/../{other}/results/a.fa"},
    "a mounted bucket": {"fasta": "/mnt/disks/sluice-runs/runs/{other}/results/a.fa"},
    "a file address": {"fasta": "file:///mnt/disks/sluice-runs/runs/{other}/results/a.fa"},
    "a file of the machine": {"fasta": "/etc/passwd.fa"},
    "a tag of YAML": {"fasta": "!!javax.script.ScriptEngineManager [x].fa"},
    "code of Groovy": {"multiqc_title": "${'x'.execute()}\n'"},
    "a line break": {"multiqc_title": "a\noutdir: gs://x"},
    "a right-to-left mark": {"fasta": "gs://lab/\u202egpj.fa x"},
    "a lone surrogate": {"multiqc_title": "\ud800"},
    "a reserved name": {"outdir": "gs://sluice-runs/runs/{other}"},
    "another reserved name": {"input": "gs://sluice-runs/runs/{other}/inputs/samplesheet.csv"},
    "an unknown name": {"workDir": "gs://x"},
}


@pytest.mark.parametrize("name", INPUTS)
def test_no_param_reaches_files_of_others_or_code(stack: Stack, run_id: str, name: str) -> None:
    other = User(stack, "victim@lab.example")
    user = User(stack, f"thief-{uuid.uuid4().hex[:8]}@lab.example")
    victim = other.ask("GET", "/api/runs").json()["runs"] or [other.submit().json()]
    params = {key: value.format(other=victim[0]["run_id"], own=run_id) if "{" in value and "$" not in value else value
              for key, value in INPUTS[name].items()}  # fmt: skip
    given = {"genome": "GRCh38", "protocol": "10XV3"} | params
    answer = user.ask("POST", "/api/runs", data=json.dumps(body_with(given)).encode(), headers={"Content-Type": JSON})
    assert answer.status_code in {400, 422}, answer.text


@pytest.mark.parametrize(
    "cell",
    [
        "gs://sluice-runs/runs/run-00000001/results/a_1.fastq.gz", "=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd",
        "/mnt/disks/sluice-runs/runs/run-00000001/a.fastq.gz", "../../etc/a.fastq.gz", "gs://lab/$(id).fastq.gz x",
        "file:/etc/a.fastq.gz", "\\\\host\\share\\a.fastq.gz", "gs://lab/a.fastq.gz\nb", "\u202e.fastq.gz x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["fastq_1", "sample"])
def test_no_cell_reaches_files_of_others_or_code(stack: Stack, cell: str, column: str) -> None:
    cells = {"sample": "a", "fastq_1": "gs://lab-sequencing/x_1.fastq.gz", "fastq_2": ""} | {column: cell}
    quoted = ['"' + text.replace('"', '""') + '"' for text in cells.values()]
    sheet = ",".join(cells) + "\n" + ",".join(quoted) + "\n"
    answer = User(stack, f"thief-{uuid.uuid4().hex[:8]}@lab.example").submit(samplesheet_csv=sheet)
    assert answer.status_code == 422, answer.text


def body_with(params: dict[str, str]) -> dict[str, object]:
    sheet = "sample,fastq_1,fastq_2\na,gs://lab-sequencing/a_1.fastq.gz,gs://lab-sequencing/a_2.fastq.gz\n"
    return {"pipeline": "nf-core/scrnaseq", "params": params, "samplesheet_csv": sheet}


RECORD: Final = "Nov-23 08:15:02.113 [main] {} nextflow.Session - {}\n"
LOGS: Final = {
    "one record of 64 KiB": RECORD.format("ERROR", "Error executing process > '" + "a -- " * 13_000),
    "NULs and half characters": RECORD.format("INFO", "a\0b\ud800"),
    "colours": RECORD.format("WARN", "\x1b[2J\x1b]0;evil\x07\x9b31m"),
    "another run": RECORD.format("INFO", "Run name: run-00000001")
    + RECORD.format("INFO", "Session UUID: run-00000001"),
    "a job of another run": RECORD.format(
        "DEBUG", "[GOOGLE BATCH] Process `a` submitted > job=nf-abcdef01-1; uid=nf-abcdef01-1-x; work-dir=gs://x/y"
    ),
    "headless bytes": "\n" * 60_000,
    "a year of records": RECORD.format("INFO", "[ab/cdef01] Submitted process > a") * 700,
}


@pytest.mark.parametrize("name", LOGS)
def test_no_log_of_a_job_stops_the_readers(stack: Stack, name: str) -> None:
    """Written as a job may write it; the log stays readable, and so do the logs of others."""
    user = User(stack, f"logs-{uuid.uuid4().hex[:8]}@lab.example")
    run = user.submit().json()["run_id"]
    write_log(stack, run, "nextflow.log", LOGS[name].encode("utf-8", "surrogatepass"))
    write_log(stack, run, "trace.txt", TRACE.encode("utf-8", "surrogatepass"))
    until = time.monotonic() + 60
    while not (page := user.ask("GET", f"/api/runs/{run}/logs")).json()["total"] and time.monotonic() < until:
        time.sleep(0.2)
    assert page.json()["total"]
    assert "\x1b" not in page.text
    assert user.ask("GET", f"/api/runs/{run}/logs", headers={"Accept": "text/plain"}).status_code == 200
    tasks = user.ask("GET", f"/api/runs/{run}/tasks").json()["tasks"]
    for task in tasks:
        answer = user.ask("GET", f"/api/runs/{run}/tasks/{task['task_id']}/logs")
        assert answer.status_code in {200, 404, 429}
        assert answer.status_code != 200 or not answer.json()["stdout"]  # nothing of another run's job or folder
    user.ask("DELETE", f"/api/runs/{run}")


TRACE: Final = (
    "task_id\thash\tnative_id\tname\tstatus\texit\tworkdir\n"
    "1\tab/cdef01\tnf-abcdef01-1/0/nf-abcdef01-1-0a1b2c3d\tA (x)\tCOMPLETED\t0\tgs://sluice-work/runs/run-00000001/work/ab/cd\n"
    "2\tab/cdef02\t/0/sluice-run-00000001\tB (\ud800\0\x1b[31m)\tFAILED\t1\tgs://sluice-work/runs/../x\n"
    '3\tab/cdef03\tx/0/a" OR labels.job_uid="b\tC\tFAILED\t1\t/etc\n'
    + "\t" * 60_000 + "\n"
)  # fmt: skip


def test_a_task_output_of_another_run_is_not_served(stack: Stack, run_id: str) -> None:
    """A trace names the job of another user's task: its output, which Cloud Logging has, is not shown."""
    victim, thief = User(stack, OWNER), User(stack, f"thief-{uuid.uuid4().hex[:8]}@lab.example")
    until, jobs = time.monotonic() + 90, list[str]()
    while not jobs and time.monotonic() < until:
        time.sleep(0.5)
        tasks = victim.ask("GET", f"/api/runs/{run_id}/tasks").json()["tasks"]
        jobs = [task["native_id"] for task in tasks if task["native_id"] and task["status"] in {"COMPLETED", "RUNNING"}]
    assert jobs
    stolen = thief.submit().json()["run_id"]
    rows = [f"{number}\tab/cdef{number:02}\t{job}\tA\tCOMPLETED\t0\t-" for number, job in enumerate(jobs, start=1)]
    trace = "\n".join(["task_id\thash\tnative_id\tname\tstatus\texit\tworkdir", *rows, ""])
    write_log(stack, stolen, "trace.txt", trace.encode())
    until, named = time.monotonic() + 60, False
    while not named and time.monotonic() < until:
        time.sleep(0.2)
        shown = thief.ask("GET", f"/api/runs/{stolen}/tasks").json()["tasks"]
        named = any(task["native_id"] == jobs[0] for task in shown)
    assert named
    for number in range(1, len(jobs) + 1):
        answer = thief.ask("GET", f"/api/runs/{stolen}/tasks/ab-cdef{number:02}/logs")
        assert answer.status_code in {200, 429}
        if answer.status_code == 200:
            assert (answer.json()["stdout"], answer.json()["source"]) == ("", None)
    thief.ask("DELETE", f"/api/runs/{stolen}")
