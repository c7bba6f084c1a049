"""The texts of a task: its command, output, job script and cause of failure."""

import shlex

from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.task import TaskAttempt


def command_of(task: TaskAttempt) -> str:
    return task.planned.process.command.format(tag=task.planned.tag)


def error_of(task: TaskAttempt) -> str:
    """The task's stderr; empty unless it fails."""
    planned = task.planned
    return task.failure.stderr.format(tag=planned.tag, command=command_of(task), expected=expected_of(planned))


def printed_by(task: TaskAttempt) -> str:
    """The task's stdout."""
    return f"Running {command_of(task)}" if task.failure.stderr else result_of(task.planned).rstrip()


def output_of(task: TaskAttempt) -> str:
    """The content of the task's .command.log: its stdout and its stderr."""
    error = error_of(task)
    return f"{printed_by(task)}\n{error}\n" if error else f"{printed_by(task)}\n"


def result_of(planned: TaskPlan) -> str:
    """The content of the file that a succeeded task publishes."""
    command = planned.process.command.format(tag=planned.tag)
    return f"Running {command}\n{planned.process.short_name} finished\n"


def trace_of(task: TaskAttempt) -> str:
    """The content of the task's .command.trace."""
    return "nextflow.trace/v2\n" + "".join(f"{name}={value}\n" for name, value in task.measurements().items())


def expected_of(planned: TaskPlan) -> str:
    """The name of the file that a task must write."""
    return planned.process.output.rpartition("/")[2].format(tag=planned.tag)


def script_of(task: TaskAttempt, speed: float) -> str:
    """The script of the task's job: prints its two output lines, with a sleep of the scaled duration between them."""
    first, last = (shlex.quote(line) for line in output_of(task).splitlines())
    seconds = task.planned.process.seconds / speed
    return f"echo {first}\nsleep {seconds:.3f}\necho {last}\nexit {task.failure.exit_code}\n"


def cause_of_failure(task: TaskAttempt) -> tuple[str, str] | None:
    """Nextflow's exception class and message for an ended task; None when it succeeded."""
    if task.exit_code is None:
        end = "terminated for an unknown reason -- Likely it has been terminated by the external system"
        return "ProcessFailedException", f"Process `{task.name}` {end}"
    if task.exit_code:
        end = f"terminated with an error exit status ({task.exit_code})"
        return "ProcessFailedException", f"Process `{task.name}` {end}"
    if task.failure.missing_output:
        expected = expected_of(task.planned)
        return "MissingFileException", f"Missing output file(s) `{expected}` expected by process `{task.name}`"
    return None
