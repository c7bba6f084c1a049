import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "headjob" / "launch.sh"
INPUTS = ("samplesheet.csv", "params.yaml", "defaults.config", "nextflow.config", "sluice.config")
# The start of every fake nextflow: record arguments, directory and environment; find the paths of its files.
PREAMBLE = """#!/bin/bash
printf '%s\\n' "$@" > "$SEEN/arguments"; pwd > "$SEEN/directory"; env > "$SEEN/environment"
while [ $# -gt 0 ]; do
    case $1 in
        -log) log=$2 ;; -with-trace) trace=$2 ;; -with-report) report=$2 ;; -with-timeline) timeline=$2 ;;
    esac
    shift
done
"""
# A clock fifty times as fast, and short pauses: only the time between two copies of a file is long in launch.sh.
FAST_DATE = f"""if [[ $1 == +%s ]]; then echo $((${{EPOCHREALTIME/[.,]/}} / 20000)); exit; fi
exec {shutil.which("date")} "$@"
"""
FAST_SLEEP = f"exec {shutil.which('sleep')} 0.03\n"


def _restore_interrupts() -> None:
    """Stop ignoring SIGINT, as processes do that a shell started with `&`: bash cannot trap an ignored signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class HeadJob:
    """The folders of one head job, and launch.sh run in them with a fake `nextflow`."""

    def __init__(self, folder: Path) -> None:
        self.inputs, self.logs, self.seen, self.bin = (folder / name for name in ("inputs", "logs", "seen", "bin"))
        for path in (self.inputs, self.logs, self.seen, self.bin):
            path.mkdir()
        for name in INPUTS:
            (self.inputs / name).write_text("")
        (folder / "tmp").mkdir()
        self.sheet = folder / "session" / "samplesheet.csv"
        self.environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}", "TMPDIR": str(folder / "tmp"), "SEEN": str(self.seen),
            "INPUTS_DIR": str(self.inputs), "LOGS_DIR": str(self.logs), "LOG_COPY_MIN_S": "2",
            "PIPELINE": "nf-core/scrnaseq", "PIPELINE_VERSION": "2.7.1", "RUN_NAME": "run-1a2b3c4d",
            "OUTDIR": "gs://runs/results", "WORK_DIR": "gs://work/runs/run-1a2b3c4d/work",
            "SHEET_DIR": str(self.sheet.parent),
        }  # fmt: skip
        self.program("date", FAST_DATE)
        self.program("sleep", FAST_SLEEP)
        self.errors = self.seen / "stderr"
        self.process: subprocess.Popen[bytes] | None = None

    def nextflow(self, body: str) -> None:
        """Install a fake `nextflow` that runs `body` after the preamble."""
        self.program("nextflow", PREAMBLE + body)

    def program(self, name: str, body: str) -> None:
        """Install `body` as the command `name`."""
        script = self.bin / name
        script.write_text(body if body.startswith("#!") else f"#!/bin/bash\n{body}")
        script.chmod(0o755)

    def start(self) -> subprocess.Popen[bytes]:
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                ["/bin/bash", str(SCRIPT)],
                env=self.environment,
                stderr=errors,
                start_new_session=True,
                preexec_fn=_restore_interrupts,  # noqa: PLW1509 it calls nothing but the system
            )
        return self.process

    def run(self) -> int:
        """Run the script to its end; return its exit code."""
        self.start()
        return self.end()

    def end(self) -> int:
        assert self.process is not None
        return self.process.wait(timeout=60)

    def copied(self, name: str) -> str:
        return (self.logs / name).read_text()

    def kill(self) -> None:
        """Kill what a failed test left running."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def until(path: Path, text: str | Callable[[str], bool] = "", *, seconds: float = 20) -> None:
    """Wait until the file at `path` holds `text`, or what it asks for."""
    holds = text if callable(text) else lambda held: text in held
    deadline = time.monotonic() + seconds
    while not (path.exists() and holds(path.read_text())):
        assert time.monotonic() < deadline, f"{path.name} never held {text!r}"
        time.sleep(0.05)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[HeadJob]:
    job = HeadJob(tmp_path)
    yield job
    job.kill()


def test_nextflow_is_started_with_the_path_of_every_file(job: HeadJob) -> None:
    job.nextflow("exit 0")

    job.run()

    scratch = (job.seen / "directory").read_text().strip()
    assert (job.seen / "arguments").read_text().splitlines() == [
        "-log", f"{scratch}/nextflow.log",
        "-c", f"{job.inputs}/nextflow.config", "-c", f"{job.inputs}/sluice.config",
        "run", "nf-core/scrnaseq", "-r", "2.7.1", "-name", "run-1a2b3c4d", "-profile", "docker",
        "-work-dir", "gs://work/runs/run-1a2b3c4d/work", "-ansi-log", "false",
        "-with-trace", f"{scratch}/trace.txt", "-with-report", f"{scratch}/report.html",
        "-with-timeline", f"{scratch}/timeline.html", "-params-file", f"{job.inputs}/params.yaml",
        "--input", f"{job.sheet}", "--outdir", "gs://runs/results",
    ]  # fmt: skip


def test_the_sheet_has_the_same_path_and_time_in_every_job_of_a_session(job: HeadJob) -> None:
    (job.inputs / "samplesheet.csv").write_text("sample\nS1\n")
    job.nextflow('''
    sheet=$(sed -n '/^--input$/{n;p}' "$SEEN/arguments")
    stat -c '%n %s %Y' "$sheet" >> "$SEEN/sheet"
    cat "$sheet" >> "$SEEN/sheet"''')

    job.run()
    os.utime(job.inputs / "samplesheet.csv", (1, 1))
    job.run()

    assert (job.seen / "sheet").read_text() == f"{job.sheet} 10 946684800\nsample\nS1\n" * 2
    assert not job.sheet.parent.exists()  # nothing is left on the machine


def test_a_sheet_with_tabs_keeps_its_ending(job: HeadJob) -> None:
    (job.inputs / "samplesheet.csv").unlink()
    (job.inputs / "samplesheet.tsv").write_text("sample\treads\n")
    job.nextflow("exit 0")

    job.run()

    arguments = (job.seen / "arguments").read_text().splitlines()
    assert arguments[arguments.index("--input") + 1] == str(job.sheet.with_suffix(".tsv"))


def test_a_sheet_that_cannot_be_copied_ends_the_job_with_the_reason(job: HeadJob) -> None:
    job.nextflow("exit 0")
    job.sheet.parent.write_text("a file is in the way")

    assert job.run() == 1

    assert "The samplesheet could not be copied" in (job.logs / "nextflow.log").read_text()


def test_a_session_is_resumed_by_its_id(job: HeadJob) -> None:
    job.nextflow("exit 0")
    job.environment["RESUME_SESSION"] = "6e2a7b1c-0000-4000-8000-000000000000"

    job.run()

    last = (job.seen / "arguments").read_text().splitlines()[-2:]
    assert last == ["-resume", "6e2a7b1c-0000-4000-8000-000000000000"]


def test_nextflow_runs_in_utc_with_its_own_home(job: HeadJob) -> None:
    job.nextflow("exit 0")

    job.run()

    environment = (job.seen / "environment").read_text().splitlines()
    scratch = (job.seen / "directory").read_text().strip()
    assert {"TZ=UTC", f"NXF_HOME={scratch}/.nextflow"} <= set(environment)


def test_the_nextflow_home_of_the_image_is_kept(job: HeadJob, tmp_path: Path) -> None:
    job.nextflow("exit 0")
    job.environment["NXF_HOME"] = str(tmp_path / "home")

    job.run()

    assert f"NXF_HOME={tmp_path}/home" in (job.seen / "environment").read_text().splitlines()


def test_the_defaults_are_the_config_that_nextflow_reads_first(job: HeadJob) -> None:
    (job.inputs / "defaults.config").write_text("process.disk = 1.TB\n")
    job.nextflow('echo started > "$log"; cp "$NXF_HOME/config" "$SEEN/defaults"')

    assert job.run() == 0
    assert (job.seen / "defaults").read_text() == "process.disk = 1.TB\n"


def test_the_defaults_of_an_image_are_kept(job: HeadJob, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("process.disk = 2.TB\n")
    job.environment["NXF_HOME"] = str(tmp_path)
    job.nextflow('cp "$NXF_HOME/config" "$SEEN/defaults"')

    job.run()

    assert (job.seen / "defaults").read_text() == "process.disk = 2.TB\n"


def test_defaults_that_cannot_be_written_fail_the_head_job(job: HeadJob, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    job.environment["NXF_HOME"] = str(tmp_path / "file" / "home")
    job.nextflow("exit 0")

    assert job.run() == 1
    assert "The default settings cannot be written" in job.copied("nextflow.log")
    assert not (job.seen / "arguments").exists()


def bring(job: HeadJob, folder: Path, *, notes: str = "") -> None:
    """Run the head job in an image that brings the release."""
    release = folder / "image" / "releases" / "nf-core" / "scrnaseq" / "2.7.1"
    release.parent.mkdir(parents=True)
    release.write_text(notes)
    job.environment |= {"SLUICE_IMAGE": str(folder / "image"), "GITHUB_TOKEN": "ghp_x"}
    job.nextflow("exit 0")


def variables(job: HeadJob) -> dict[str, str]:
    lines = (job.seen / "environment").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_a_release_in_the_image_is_launched_offline_and_without_the_token(job: HeadJob, tmp_path: Path) -> None:
    bring(job, tmp_path)
    job.run()
    assert variables(job)["NXF_OFFLINE"] == "true"
    assert "GITHUB_TOKEN" not in variables(job)
    assert "--custom_config_base" not in (job.seen / "arguments").read_text()


def test_a_release_that_reads_site_configs_gets_the_folder_of_the_image(job: HeadJob, tmp_path: Path) -> None:
    bring(job, tmp_path, notes="reads_site_configs\n")
    job.run()
    *_others, option, folder = (job.seen / "arguments").read_text().splitlines()
    assert (option, folder) == ("--custom_config_base", f"{tmp_path}/image/site_configs")


def test_another_release_is_launched_online_with_the_token(job: HeadJob, tmp_path: Path) -> None:
    bring(job, tmp_path, notes="reads_site_configs\n")
    job.environment["PIPELINE_VERSION"] = "9.9.9"
    job.run()
    assert "NXF_OFFLINE" not in variables(job)
    assert variables(job)["GITHUB_TOKEN"] == "ghp_x"
    assert "--custom_config_base" not in (job.seen / "arguments").read_text()


@pytest.mark.parametrize(
    "config",
    ["plugins { id 'nf-prov@1.4.0' }", "x = 1\nplugins{\n}", "wave.enabled = true", "tower { enabled = true }"],
)
def test_a_config_with_plugins_of_its_own_is_launched_online(job: HeadJob, tmp_path: Path, config: str) -> None:
    bring(job, tmp_path)
    (job.inputs / "nextflow.config").write_text(config)
    job.run()
    assert "NXF_OFFLINE" not in variables(job)


def test_site_configs_that_a_user_names_are_read(job: HeadJob, tmp_path: Path) -> None:
    bring(job, tmp_path, notes="reads_site_configs\n")
    (job.inputs / "params.yaml").write_text("custom_config_base: https://configs.example\n")
    job.run()
    assert "NXF_OFFLINE" not in variables(job)
    assert "--custom_config_base" not in (job.seen / "arguments").read_text()


def test_the_token_is_in_no_file_of_the_head_job(job: HeadJob) -> None:
    job.environment["GITHUB_TOKEN"] = "ghp_very_secret"
    job.nextflow('echo started > "$log"; exit 1')
    job.run()
    written = [path.read_text() for path in (*job.logs.iterdir(), job.errors)]
    assert written
    assert not any("ghp_very_secret" in text for text in written)


def test_all_files_are_copied_at_the_end(job: HeadJob) -> None:
    job.nextflow('echo a > "$log"; echo b > "$trace"; echo c > "$report"; echo d > "$timeline"')

    code = job.run()

    names = ("nextflow.log", "trace.txt", "report.html", "timeline.html", "exit_code")
    assert code == 0
    assert [job.copied(name) for name in names] == ["a\n", "b\n", "c\n", "d\n", "0\n"]


def test_the_exit_code_is_nextflows_and_is_written_last(job: HeadJob) -> None:
    job.nextflow('echo failed > "$log"; echo row > "$trace"; exit 3')

    code = job.run()

    others = [path for path in job.logs.iterdir() if path.name != "exit_code"]
    assert (code, job.copied("exit_code")) == (3, "3\n")
    assert all(path.stat().st_mtime_ns <= (job.logs / "exit_code").stat().st_mtime_ns for path in others)


def test_the_log_can_be_read_while_nextflow_runs(job: HeadJob) -> None:
    job.nextflow(
        'echo first >> "$log"; until [ -e "$SEEN/go" ]; do sleep 0.1; done\n'
        'echo second >> "$log"; until [ -e "$SEEN/leave" ]; do sleep 0.1; done'
    )

    job.start()

    until(job.logs / "nextflow.log", "first")
    (job.seen / "go").touch()
    until(job.logs / "nextflow.log", "second")
    assert not (job.logs / "exit_code").exists()
    (job.seen / "leave").touch()
    assert job.end() == 0


def test_the_last_copy_of_a_file_is_not_made_within_a_second_of_the_one_before(job: HeadJob) -> None:
    (job.bin / "date").unlink()  # the true clock
    job.program("cp", f'[[ $2 != */nextflow.log ]] || date +%s%N >> "$SEEN/times"; exec {shutil.which("cp")} "$@"')
    job.nextflow('echo first > "$log"; until [ -s "$SEEN/times" ]; do sleep 0.1; done; echo second >> "$log"')

    assert job.run() == 0

    first, *_, last = map(int, (job.seen / "times").read_text().split())
    assert last - first > 1_000_000_000


def test_a_file_that_did_not_change_is_not_copied_again(job: HeadJob) -> None:
    job.nextflow('echo row > "$trace"; echo 0 > "$log"\nuntil [ -e "$SEEN/leave" ]; do sleep 0.1; date >> "$log"; done')
    job.start()
    until(job.logs / "trace.txt")
    first = (job.logs / "trace.txt").stat().st_mtime_ns
    seen = job.copied("nextflow.log")
    while job.copied("nextflow.log") == seen or not job.copied("nextflow.log"):
        time.sleep(0.05)

    again = (job.logs / "trace.txt").stat().st_mtime_ns

    (job.seen / "leave").touch()
    assert again == first
    assert job.end() == 0


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_a_signal_is_forwarded_as_term_and_nextflow_may_finish(job: HeadJob, name: str) -> None:
    job.nextflow(
        'trap \'echo aborting >> "$log"; sleep 0.3; echo Goodbye >> "$log"; exit 1\' TERM\n'
        'echo started > "$log"; touch "$SEEN/up"; while :; do sleep 0.1; done'
    )
    process = job.start()
    until(job.seen / "up")

    process.send_signal(getattr(signal, f"SIG{name}"))
    code = job.end()

    assert (code, job.copied("exit_code")) == (1, "1\n")
    assert job.copied("nextflow.log") == "started\naborting\nGoodbye\n"


def test_repeated_signals_to_the_process_group_do_not_lose_the_last_copy(job: HeadJob) -> None:
    job.nextflow(
        "trap 'echo again >> \"$log\"' TERM\n"
        'echo started > "$log"; touch "$SEEN/up"; until [ -e "$SEEN/leave" ]; do sleep 0.1; done\n'
        'echo Goodbye >> "$log"; exit 1'
    )
    process = job.start()
    until(job.seen / "up")
    for _ in range(2):
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(0.2)
    (job.seen / "leave").touch()
    while not (job.logs / "exit_code").exists():
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(0.1)

    code = job.end()

    assert code == 1
    assert job.copied("nextflow.log").endswith("Goodbye\n")


@pytest.mark.parametrize("command", ["touch", "rm"])
def test_a_signal_before_the_last_copy_ends_no_command(job: HeadJob, command: str) -> None:
    job.nextflow('echo Goodbye > "$log"; touch "$SEEN/over"; exit 3')
    real = shutil.which(command)
    job.program(command, f'[ ! -e "$SEEN/over" ] || kill -TERM 0; sleep 0.1; exec {real} "$@"')
    job.start()
    assert job.end() == 3
    assert job.copied("nextflow.log") == "Goodbye\n"
    assert job.copied("exit_code") == "3\n"


def test_a_killed_nextflow_still_gets_its_log_copied(job: HeadJob) -> None:
    job.nextflow('echo half > "$log"; kill -KILL $$')

    code = job.run()

    assert (code, job.copied("nextflow.log"), job.copied("exit_code")) == (137, "half\n", "137\n")


def test_a_mount_that_fails_for_a_while_does_not_end_the_run(job: HeadJob) -> None:
    # The log cannot be written, because a folder has its name.
    in_the_way = job.logs / "nextflow.log" / "nextflow.log"
    in_the_way.mkdir(parents=True)
    job.nextflow('echo text > "$log"; until [ -e "$SEEN/leave" ]; do sleep 0.1; done; exit 0')
    job.start()
    until(job.errors, "copying nextflow.log failed, will try again")

    in_the_way.rmdir()
    in_the_way.parent.rmdir()
    (job.seen / "leave").touch()

    assert (job.end(), job.copied("nextflow.log")) == (0, "text\n")


@pytest.mark.parametrize("name", ["nextflow.log", "trace.txt", "report.html", "exit_code"])
@pytest.mark.parametrize("status", [0, 1], ids=["in silence", "with an error"])
def test_a_last_copy_that_was_cut_off_is_repeated(job: HeadJob, name: str, status: int) -> None:
    job.nextflow('echo log > "$log"; echo trace > "$trace"; echo report > "$report"; touch "$SEEN/over"; exit 137')
    real, torn = shutil.which("cp"), job.seen / f"torn.{name}"
    job.program(
        "cp",
        f"""if [[ $2 == */{name} && -e $SEEN/over && $(ls "$SEEN" | grep -c torn) -lt 3 ]]; then
    head -c 1 "$1" > "$2"; touch "{torn}.$RANDOM$RANDOM"; exit {status}
fi
exec {real} "$@"
""",
    )

    code = job.run()

    contents = [job.copied(file) for file in ("nextflow.log", "trace.txt", "report.html", "exit_code")]
    assert len(list(job.seen.glob("torn.*"))) == 3
    assert (code, contents) == (137, ["log\n", "trace\n", "report\n", "137\n"])


def test_the_exit_code_is_copied_from_the_local_disk(job: HeadJob) -> None:
    job.nextflow("exit 3")
    job.program("cp", f'echo "$@" >> "$SEEN/copies"; exec {shutil.which("cp")} "$@"')

    job.run()

    source, target = (job.seen / "copies").read_text().splitlines()[-1].split()
    assert Path(source).is_relative_to(job.environment["TMPDIR"])
    assert target == f"{job.logs}/exit_code"


@pytest.mark.parametrize("name", INPUTS)
def test_a_missing_input_is_named_in_the_log_and_ends_the_run(job: HeadJob, name: str) -> None:
    job.nextflow("exit 0")
    (job.inputs / name).unlink()

    code = job.run()

    assert f"The input {name} is not in" in job.errors.read_text()
    assert f"ERROR headjob.launch - The input {name} is not in" in job.copied("nextflow.log")
    assert (code, job.copied("exit_code")) == (1, "1\n")
    assert not (job.seen / "arguments").exists()


def test_a_missing_nextflow_is_reported_in_the_log(job: HeadJob) -> None:
    code = job.run()

    assert "The command nextflow is not on the PATH of this machine" in job.copied("nextflow.log")
    assert (code, job.copied("exit_code")) == (1, "1\n")


@pytest.mark.parametrize("body", ["exit 0", ': > "$log"'])
def test_a_nextflow_that_ends_with_0_and_writes_no_log_has_failed(job: HeadJob, body: str) -> None:
    job.nextflow(body)

    code = job.run()

    assert "ERROR headjob.launch - The command nextflow ended with 0 but wrote no" in job.copied("nextflow.log")
    assert (code, job.copied("exit_code")) == (1, "1\n")


def test_nothing_is_left_on_the_machine(job: HeadJob) -> None:
    job.nextflow('echo a > "$log"')

    job.run()

    assert list(Path(job.environment["TMPDIR"]).iterdir()) == []
