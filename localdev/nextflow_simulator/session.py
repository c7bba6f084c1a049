"""A complete `nextflow run`: reads the inputs, executes the plan, writes the reports."""

import html
import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from localdev.nextflow_simulator.buckets import CloudCache, Results, WorkDirs
from localdev.nextflow_simulator.child_jobs import ChildJobs
from localdev.nextflow_simulator.command_line import RunCommand
from localdev.nextflow_simulator.execution import Execution, ExecutionContext
from localdev.nextflow_simulator.inputs import (
    Config,
    InputError,
    Params,
    file_identity,
    read_config,
    read_params,
    read_samples,
)
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.output import records
from localdev.nextflow_simulator.output.files import NextflowLog, TraceFile
from localdev.nextflow_simulator.output.statistics import report_summary
from localdev.nextflow_simulator.pipeline.plan import TaskPlan, plan_of
from localdev.nextflow_simulator.task import TaskAttempt
from localdev.stand_ins.storage.client import ObjectClient

_RUN_NAME = re.compile(r"[a-z](?:[a-z\d]|[-_](?=[a-z\d])){0,79}", re.IGNORECASE)


class AbortedError(Exception):
    """Nextflow aborts before it has a session."""


@dataclass(frozen=True, slots=True)
class _Inputs:
    session: str
    config: Config
    params: Params
    plan: Sequence[TaskPlan]


def run(command: RunCommand, environment: Mapping[str, str], interrupt: Interrupt) -> int:
    """Run the command; return the exit code: 0, or 1 after any error."""
    with ExitStack() as opened:
        log = NextflowLog(command.log_file)
        opened.callback(log.close)
        records.write_launch(log, command, environment)
        try:
            inputs = _read(command, environment, log)
        except AbortedError as error:
            records.write_abort(log, str(error))
            return 1
        except (InputError, OSError) as error:
            records.write_script_error(log, str(error))
            return 1
        context = _context(command, environment, inputs, log, interrupt, opened)
        return _execute(inputs.plan, context, command)


def _read(command: RunCommand, environment: Mapping[str, str], log: NextflowLog) -> _Inputs:
    session = _session_of(command, environment)
    config = read_config(_texts([*records.home_configs(environment), *command.config_files]))
    records.write_session(log, command, session, cloud_cache=bool(environment.get("NXF_CLOUDCACHE_PATH")))
    params = read_params(command.params_file, command.params)
    sheet = Path(str(params.get("input")))
    plan = plan_of(command.pipeline, read_samples(sheet), params, file_identity(sheet))
    return _Inputs(session, config, params, plan)


def _session_of(command: RunCommand, environment: Mapping[str, str]) -> str:
    """The id of the session. Raises AbortedError."""
    if not command.name:
        raise AbortedError("Missing workflow run name")
    if not _RUN_NAME.fullmatch(command.name):
        raise AbortedError(f"Not a valid run name: `{command.name}` -- It must match the pattern {_RUN_NAME.pattern}")
    if command.resume is None:
        return environment.get("NXF_UUID") or str(uuid.uuid4())
    if environment.get("NXF_IGNORE_RESUME_HISTORY") != "true":  # a new machine has no history with the session
        session = command.resume or "last"
        raise AbortedError(f"Can't find a run with the specified id: {session} -- Execution can't be resumed")
    if not command.resume:
        raise AbortedError("Missing session id to resume")
    return command.resume


def _texts(files: Sequence[Path]) -> list[str]:
    for file in files:
        if not file.is_file():
            raise AbortedError(f"The specified configuration file does not exist: {file}")
    return [file.read_text(encoding="utf-8") for file in files]


def _context(
    command: RunCommand,
    environment: Mapping[str, str],
    inputs: _Inputs,
    log: NextflowLog,
    interrupt: Interrupt,
    opened: ExitStack,
) -> ExecutionContext:
    config, work_dir = inputs.config, command.work_dir.rstrip("/")
    objects = ObjectClient(environment["STORAGE_EMULATOR_HOST"])
    opened.callback(objects.close)
    jobs = ChildJobs(environment["BATCH_ENDPOINT"], config.project, config.location, config.labels, interrupt)
    opened.callback(jobs.close)
    trace = TraceFile(command.trace, config.trace_fields) if command.trace else None
    if trace:
        opened.callback(trace.close)
    return ExecutionContext(
        session=inputs.session,
        resumed=command.resume is not None,
        work_dir=work_dir,
        config=config,
        log=log,
        trace=trace,
        jobs=jobs,
        work_dirs=WorkDirs(objects, work_dir),
        cache=CloudCache(objects, environment.get("NXF_CLOUDCACHE_PATH", ""), inputs.session),
        results=Results(objects, str(inputs.params["outdir"])),
        interrupt=interrupt,
        speed=float(environment.get("SIM_SPEED", "1")),
        chosen_failure=environment.get("SIM_FAIL", ""),
    )


def _execute(plan: Sequence[TaskPlan], context: ExecutionContext, command: RunCommand) -> int:
    log = context.log
    records.write_network(log, plan)
    execution = Execution(plan, context)
    execution.run()
    log.add("[main] DEBUG n.trace.WorkflowStatsObserver", f"Workflow completed > {execution.stats}")
    log.add("[main] DEBUG nextflow.trace.TraceFileObserver", "Workflow completed -- saving trace file")
    if command.report:
        log.add("[main] DEBUG nextflow.trace.ReportObserver", "Workflow completed -- rendering execution report")
        summary = report_summary(execution.tasks)
        log.add("[main] DEBUG nextflow.trace.ReportObserver", f"Execution report summary data:\n  {summary}")
        _write_page(command.report, "Nextflow workflow report", execution.tasks)
    if command.timeline:
        log.add("[main] DEBUG nextflow.trace.TimelineObserver", "Workflow completed -- rendering execution timeline")
        _write_page(command.timeline, "Processes execution timeline", execution.tasks)
    context.cache.close(command.name, execution.hashes)
    records.write_end(log)
    return 1 if execution.cause else 0


def _write_page(file: Path, title: str, tasks: Sequence[TaskAttempt]) -> None:
    rows = "".join(f"<li>{html.escape(task.name)}: {task.status.lower()}</li>\n" for task in tasks)
    page = f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{rows}</ul>\n"
    file.write_text(page, encoding="utf-8")
