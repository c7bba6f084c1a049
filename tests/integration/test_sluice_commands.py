"""Every command of the command line on the local stack, in a pipe and in a terminal, compared with golden output.

`SLUICE_GOLDEN=write` writes the golden files anew; the tests then fail, so that nobody forgets to look at them.
"""

import json
import os
import shlex
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from localdev.stack.environment import ROOT, url
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE_SHEET
from sluice.cli import COMMANDS
from tests.support.client.terminal import Ran, in_a_pipe, in_a_terminal, normalised

GOLDEN: Final = Path(__file__).parent / "golden"
SHEET: Final = (ROOT / EXAMPLE_SHEET).read_text(encoding="utf-8")
# One sample, so that no other task of the run is at work when it fails.
FAILING: Final = "".join([*SHEET.splitlines(keepends=True)[:1], *SHEET.splitlines(keepends=True)[-1:]]).replace(
    "marrow_donor2,", "fail_exit,"
)
PARAMS: Final = "genome: GRCh38\nprotocol: 10XV3\naligner: star\n"
SUBMIT: Final = ["submit", "-p", "nf-core/scrnaseq", "-r", "2.7.1", "--params", "params.yaml", "-s"]
EXAMPLES_USER: Final = "examples@lab.example"
SORTED: Final = {"cost", "cost_tasks"}  # the dearest process comes first, which differs from run to run
MODES: Final = {"pipe": in_a_pipe, "terminal": in_a_terminal}


@dataclass(frozen=True, slots=True)
class Lab:
    """A folder with inputs, and two runs that have ended; the failed one is the newest."""

    folder: Path
    address: str
    completed: str
    failed: str
    failed_example: str


@pytest.fixture(scope="module")
def environment(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """A user of the stack with a folder of their own, in a zone of their own."""
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(folder / name))
        patch.setenv("SLUICE_URL", url(stack.ports.gateway))
        patch.setenv("SLUICE_USER", "golden@lab.example")
        patch.setenv("TZ", "Europe/Zurich")
        patch.delenv("NO_COLOR", raising=False)
        patch.chdir(folder)
        time.tzset()
        yield patch
    time.tzset()


@pytest.fixture(scope="module")
def lab(stack: Stack, environment: pytest.MonkeyPatch) -> Lab:
    folder = Path.cwd()
    for name, text in {
        "samplesheet.csv": SHEET,
        "failing.csv": FAILING,
        "bad.csv": SHEET.replace("pbmc_donor1,", "pbmc donor,"),
        "params.yaml": PARAMS,
        "more_memory.config": "process { withName: STAR_ALIGN { memory = { 240.GB * task.attempt } } }\n",
    }.items():
        (folder / name).write_text(text)
    body: dict[str, object] = {"pipeline": "nf-core/scrnaseq", "pipeline_version": "2.7.1", "samplesheet_csv": SHEET}
    body |= {"params": {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}}
    (folder / "run.json").write_text(json.dumps(body))
    completed, failed = (in_a_pipe([*SUBMIT, sheet]).out.strip() for sheet in ("samplesheet.csv", "failing.csv"))
    with environment.context() as patch:
        patch.setenv("SLUICE_USER", EXAMPLES_USER)
        failed_example = in_a_pipe([*SUBMIT, "failing.csv"]).out.strip()
        assert in_a_pipe(["watch", failed_example]).code == 1
    assert in_a_pipe(["watch", completed]).code == 0
    assert in_a_pipe(["watch", failed]).code == 1
    return Lab(folder, url(stack.ports.gateway), completed, failed, failed_example)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("name", "line", "code"),
    [
        ("whoami", "whoami", 0),
        ("pipelines", "pipelines", 0),
        ("pipelines_show", "pipelines show nf-core/scrnaseq -r 2.7.1", 0),
        ("check", "check -p nf-core/scrnaseq -s samplesheet.csv --params params.yaml", 0),
        ("check_faults", "check -p nf-core/scrnaseq -s bad.csv --params params.yaml --set aligner=stra", 2),
        ("sheet", "sheet from-benchling 2026-11-20_NV0000", 0),
        ("submit_faults", "submit -p nf-core/scrnaseq -s bad.csv --params params.yaml --set aligner=stra", 2),
        ("runs", "runs -n 2", 0),
        ("show", "show COMPLETED", 0),
        ("show_failed", "show FAILED --utc", 0),
        ("why", "why FAILED", 0),
        ("why_not", "why COMPLETED", 5),
        ("watch", "watch COMPLETED", 0),
        ("watch_failed", "watch FAILED", 1),
        ("logs", "logs COMPLETED --tail 2", 0),
        ("logs_level", "logs FAILED --level ERROR --tail 1", 0),
        ("tasks", "tasks FAILED --failed", 0),
        ("files", "files COMPLETED --group inputs", 0),
        ("get_nothing", "get COMPLETED nothing out", 4),
        ("cancel_ended", "cancel COMPLETED", 5),
        ("recover_plan", "recover FAILED --plan --set aligner=alevin --config more_memory.config", 0),
        ("cost", "cost COMPLETED", 0),
        ("cost_tasks", "cost FAILED --tasks", 0),
        ("compare", "compare FAILED COMPLETED", 0),
        ("compare_itself", "compare COMPLETED COMPLETED", 0),
        ("advise", "advise nf-core/scrnaseq -r 2.7.1", 0),
        ("advise_nothing", "advise nf-core/scrnaseq --config advised.config", 4),
        ("failures", "failures", 0),
        ("search", "search exit status --cause command_failed", 0),
        ("search_nothing", "search no-such-line", 0),
        ("api", "api GET /api/pipelines/nf-core/scrnaseq", 0),
        ("not_found", "show run-00000000", 4),
    ],
)
def test_the_output_of_a_command_is_the_golden_one(lab: Lab, mode: str, name: str, line: str, code: int) -> None:
    arguments = shlex.split(line.replace("COMPLETED", lab.completed).replace("FAILED", lab.failed))
    ran = MODES[mode](arguments)
    found = normalised(ran.out + (f"--- stderr\n{ran.err}" if ran.err else ""))
    if name in SORTED:
        found = "".join(sorted(found.splitlines(keepends=True)))
    golden = GOLDEN / f"{name}.{mode}.txt"
    if os.environ.get("SLUICE_GOLDEN") == "write":
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"{golden.name} was written; read it, then run the test without SLUICE_GOLDEN")
    assert ran.code == code
    assert found == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    (cases,) = (
        mark.args[1]
        for mark in test_the_output_of_a_command_is_the_golden_one.pytestmark  # type: ignore[attr-defined]
        if mark.args[0] != "mode"
    )
    expected = {f"{name}.{mode}.txt" for name, _, _ in cases for mode in MODES}
    assert {file.name for file in GOLDEN.iterdir()} == expected


def test_a_terminal_has_colours_unless_they_are_forbidden(lab: Lab, environment: pytest.MonkeyPatch) -> None:
    assert "\x1b[32mcompleted" in in_a_terminal(["runs"]).out
    assert "\x1b" not in in_a_pipe(["runs"]).out
    with environment.context() as patch:
        patch.setenv("NO_COLOR", "1")
        assert "\x1b[32m" not in in_a_terminal(["runs"]).out


def test_the_whole_log_is_followed_to_its_end(lab: Lab) -> None:
    listed, followed = in_a_pipe(["logs", lab.completed]), in_a_pipe(["logs", lab.completed, "-f"])
    assert followed.out == listed.out
    assert (listed.code, followed.code) == (0, 0)
    numbers = in_a_pipe(["logs", lab.completed, "-f", "--format", "{number}"]).out.split()
    assert numbers == [str(number) for number in range(len(numbers))]
    tail = in_a_pipe(["logs", lab.completed, "-f", "--tail", "3", "--format", "{number}"]).out.split()
    assert tail == numbers[-3:]


def test_the_output_of_a_task_is_read_and_followed(lab: Lab) -> None:
    task = in_a_pipe(["tasks", lab.completed, "--format", "{task_id}"]).out.split()[0]
    read = in_a_pipe(["logs", lab.completed, "--task", task.replace("-", "/")])
    followed = in_a_pipe(["logs", lab.completed, "--task", task, "-f"])
    assert read.out == followed.out != ""


def test_files_are_fetched_and_left_alone_the_second_time(lab: Lab) -> None:
    first = in_a_pipe(["get", lab.completed, "inputs/*", "fetched"])
    assert first.code == 0
    assert (lab.folder / "fetched" / "inputs" / "samplesheet.csv").read_text() == SHEET
    assert set(first.out.split()) == {str(path) for path in Path("fetched").rglob("*") if path.is_file()}
    (lab.folder / "fetched" / "inputs" / "samplesheet.csv").write_text("mine")
    again = in_a_pipe(["get", lab.completed, "inputs/*", "fetched"])
    assert again.code == 5
    assert "--overwrite" in again.err
    assert (lab.folder / "fetched" / "inputs" / "samplesheet.csv").read_text() == "mine"


def test_a_dump_has_the_archive_the_run_and_its_tasks(lab: Lab) -> None:
    assert in_a_pipe(["dump", lab.failed]).out == f"{lab.failed}.zip\n"
    with zipfile.ZipFile(lab.folder / f"{lab.failed}.zip") as archive:
        assert {"nextflow.log", "run.json", "tasks.csv"} <= set(archive.namelist())
        assert json.loads(archive.read("run.json"))["run_id"] == lab.failed
        tasks = archive.read("tasks.csv").decode()
    assert tasks == in_a_pipe(["tasks", lab.failed, "--csv"]).out


def test_a_run_is_followed_cancelled_and_recovered(lab: Lab, environment: pytest.MonkeyPatch) -> None:
    with environment.context() as patch:
        patch.setenv("SLUICE_USER", "moves@lab.example")
        run = in_a_pipe([*SUBMIT, "samplesheet.csv"]).out.strip()
        cancelled = in_a_pipe(["cancel", run, "--wait"])
        assert (cancelled.code, cancelled.out) == (0, f"{run} cancelled\n")
        assert in_a_pipe(["watch", run]).code == 7
        recovered = in_a_terminal(["recover", run, "--yes", "--from-scratch", "--follow"])
        assert recovered.code == 0
        assert "ended: completed" in recovered.out
        assert in_a_pipe(["show", "--format", "{parent_run_id} {status}"]).out == f"{run} completed\n"


# The last run of the examples' user has failed.
STARTING: Final = ("recover", "submit", "api")  # they change what the last run is
ENDS: Final = {
    "sluice watch": 1,
    "sluice cancel": 5,
    "sluice recover run": 1,
    "sluice compare @last": 0,
    "sluice compare": 4,  # no run of theirs has completed
    "sluice advise nf-core/scrnaseq --config": 4,
}


def test_the_examples_of_every_help_text_work(lab: Lab, environment: pytest.MonkeyPatch) -> None:
    (lab.folder / "examples").mkdir()
    for file in lab.folder.glob("*.*"):
        if file.is_file():
            (lab.folder / "examples" / file.name).write_bytes(file.read_bytes())
    others = [[name] for name in COMMANDS if name not in STARTING]
    commands = [*others, ["pipelines", "show"], ["sheet", "from-benchling"], *([name] for name in STARTING)]
    with environment.context() as patch:
        patch.chdir(lab.folder / "examples")
        patch.setenv("SLUICE_USER", EXAMPLES_USER)
        task = in_a_pipe(["tasks", "--failed", "--format", "{task_id}"]).out.split()[0]
        for command in commands:
            for example in _examples_in(in_a_pipe([*command, "--help"]).out):
                ran = _run_example(example, lab, task)
                expected = next((code for start, code in ENDS.items() if example.startswith(start)), 0)
                assert ran.code == expected, f"{example}\n{ran.err}"


def _examples_in(help_text: str) -> list[str]:
    lines = help_text.partition("Example:\n")[2].splitlines()
    assert lines, help_text
    return [line.strip() for line in lines]


def _run_example(example: str, lab: Lab, task: str) -> Ran:
    line = example
    for typed, meant in {
        "run-0229dfe4": lab.failed_example,
        "ab/cdef01": task,
        "https://sluice.example.org": lab.address,
        "http://127.0.0.1:8080": lab.address,
        "--example .": "--example begun",
    }.items():
        line = line.replace(typed, meant)
    program, *arguments = shlex.split(line.partition(" > ")[0])
    assert program == "sluice"
    return in_a_pipe(arguments)
