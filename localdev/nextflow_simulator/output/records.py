"""Writes the log records of a run's tasks and of its end as Nextflow 25.10.4 does with the google-batch executor."""

from collections.abc import Sequence
from zlib import crc32

from localdev.nextflow_simulator.output.files import NextflowLog
from localdev.nextflow_simulator.output.launch import GOOGLE_PLUGIN
from localdev.nextflow_simulator.output.task_texts import command_of, error_of, printed_by
from localdev.nextflow_simulator.task import TaskAttempt

PROCESSOR, MONITOR = "nextflow.processor.TaskProcessor", "n.processor.TaskPollingMonitor"
HANDLER = "n.c.g.batch.GoogleBatchTaskHandler"
_IN_WORK_DIR = "by changing to the process work dir and"
_RESUME = "`-resume` to the run command line"
_TIPS = (  # Nextflow shows one of them
    f"you can replicate the issue {_IN_WORK_DIR} entering the command `bash .command.run`",
    f"you can try to figure out what's wrong {_IN_WORK_DIR} showing the script file named `.command.sh`",
    f"view the complete command output {_IN_WORK_DIR} entering the command `cat .command.out`",
    f"when you have fixed the problem you can continue the execution adding the option {_RESUME}",
)


def write_script_error(log: NextflowLog, reason: str) -> None:
    """The pipeline's script refuses its inputs; Nextflow ends with it, and only the exception states the reason."""
    log.add(
        "[main] ERROR nextflow.cli.Launcher",
        f"@unknown\nnextflow.exception.WorkflowScriptErrorException: {reason}\n"
        "\tat nextflow.Nextflow.error(Nextflow.groovy:197)\n"
        "\tat nextflow.script.ScriptRunner.run(ScriptRunner.groovy:248)\n"
        "\tat nextflow.script.ScriptRunner.execute(ScriptRunner.groovy:138)\n"
        "\tat nextflow.cli.CmdRun.run(CmdRun.groovy:429)\n"
        "\tat nextflow.cli.Launcher.run(Launcher.groovy:515)\n"
        "\tat nextflow.cli.Launcher.main(Launcher.groovy:675)",
    )


def write_submitted(log: NextflowLog, task: TaskAttempt) -> None:
    message = f"Process `{task.name}` submitted > job={task.job_id}; uid={task.job_uid}; work-dir={task.work_dir}"
    log.add(f"[Task submitter] DEBUG {HANDLER}", f"[GOOGLE BATCH] {message}")
    word = "Submitted" if task.attempt == 1 else "Re-submitted"
    log.add("[Task submitter] INFO  nextflow.Session", f"[{task.short_hash}] {word} process > {task.name}")


def write_ended(log: NextflowLog, task: TaskAttempt, state: str) -> None:
    ended = f"[GOOGLE BATCH] Process `{task.name}` - terminated job={task.job_id}; task=0; state={state}"
    log.add(f"[Task monitor] DEBUG {HANDLER}", ended)
    if task.exit_code is None:
        unread = f"[GOOGLE BATCH] Cannot read exit status for task: `{task.name}` - {task.work_dir}/.exitcode"
        log.add(f"[Task monitor] DEBUG {HANDLER}", unread)
    log.add(f"[Task monitor] DEBUG {MONITOR}", f"Task completed > {task.handler()}")


def write_running(log: NextflowLog, tasks: Sequence[TaskAttempt]) -> None:
    """The regular dump of running tasks by the task monitor."""
    shown = [f"~> {task.handler()}" for task in tasks[:10]]
    shown += [".. remaining tasks omitted."] if len(tasks) > 10 else []
    head = f"!! executor google-batch > tasks to be completed: {len(tasks)} -- submitted tasks are shown below"
    log.add(f"[Task monitor] DEBUG {MONITOR}", "\n".join([head, *shown]))


def write_missing_output(log: NextflowLog, thread: str, task: TaskAttempt, expected: str) -> None:
    path = f"/{task.work_dir.removeprefix('gs://').partition('/')[2]}/{expected}"
    message = f"Process `{task.name}` is unable to find [GsPath]: `{path}` (pattern: `{expected}`)"
    log.add(f"[{thread}] DEBUG nextflow.processor.TaskFileCollector", message)


def write_unexpected(log: NextflowLog, thread: str, name: str, work_dir: str, error: str) -> None:
    where = f"task: name={name}; work-dir={work_dir}"
    log.add(f"[{thread}] DEBUG {PROCESSOR}", f"Handling unexpected condition for\n  {where}\n  error {error}")


def write_failure(log: NextflowLog, thread: str, task: TaskAttempt, cause: str) -> None:
    """The error report of a failed task."""
    error = error_of(task)
    parts = [
        f"Error executing process > '{task.name}'\n\nCaused by:\n  {cause}\n",
        f"\nCommand executed:\n\n  {command_of(task)}\n",
        f"Command exit status:\n  {'-' if task.exit_code is None else task.exit_code}\n",
        f"Command output:\n  {printed_by(task) or '(empty)'}\n",
        *([f"Command error:\n  {error}\n"] if error else []),
        f"Work dir:\n  {task.work_dir}\n",
        f"Container:\n  {task.planned.process.container}\n",
        f"Tip: {_TIPS[crc32(task.hash.encode()) % len(_TIPS)]}",
    ]
    log.add(f"[{thread}] ERROR {PROCESSOR}", "\n".join(parts))


def write_aborted(log: NextflowLog, thread: str, cause: str, processes: Sequence[str]) -> None:
    """An aborted session, and its dump of unfinished processes."""
    log.add(f"[{thread}] DEBUG nextflow.Session", f"Session aborted -- Cause: {cause}")
    if processes:
        ports = "  port 0: (queue) OPEN  ; channel: -\n  port 1: (cntrl) -     ; channel: $\n"
        nodes = [f"[process] {name}\n  status=ACTIVE\n{ports}" for name in processes]
        log.add(f"[{thread}] DEBUG nextflow.Session", "\n".join(["The following nodes are still active:", *nodes]))


def write_verdict(log: NextflowLog, thread: str, pipeline: str, *, succeeded: bool) -> None:
    """What the pipeline itself says at its end, in nf-core's words and colours."""
    verdict = "\x1b[0;32m Pipeline completed successfully" if succeeded else "\x1b[0;31m Pipeline completed with errors"
    log.add(f"[{thread}] INFO  nextflow.Nextflow", f"-\x1b[0;35m[{pipeline}]{verdict}\x1b[0m-")


def write_interrupted(log: NextflowLog, number: int, process: str) -> None:
    """A process that waited for its last inputs when the session made all processes end."""
    exception = "java.lang.InterruptedException"
    write_unexpected(log, f"Actor Thread {number}", process, "null", f"[{exception}]: {exception}")


def write_pool_end(log: NextflowLog, name: str) -> None:
    done = f"Thread pool '{name}' shutdown completed (hard=false)"
    log.add("[main] DEBUG nextflow.util.ThreadPoolManager", done)


def write_barrier(log: NextflowLog) -> None:
    barrier = "<<< barrier arrives (monitor: google-batch) - terminating tasks monitor poll loop"
    log.add(f"[Task monitor] DEBUG {MONITOR}", barrier)


def write_end(log: NextflowLog, *, aborted: bool) -> None:
    """The last records; an aborted session does not wait for its file transfers."""
    log.add("[main] DEBUG nextflow.cache.CacheDB", "Closing CacheDB done")
    log.add("[main] INFO  org.pf4j.AbstractPluginManager", f"Stop plugin '{GOOGLE_PLUGIN}'")
    log.add("[main] DEBUG nextflow.plugin.BasePlugin", f"Plugin stopped {GOOGLE_PLUGIN.partition('@')[0]}")
    if not aborted:
        write_pool_end(log, "FileTransfer")
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "> Execution complete -- Goodbye")
