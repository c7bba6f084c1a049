"""A complete `nextflow run`: reads the inputs, executes the plan, ends the session."""

import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from common.services.pipelines.release_files import RELEASES
from localdev.nextflow_simulator.buckets import CloudCache, Results, WorkDirs
from localdev.nextflow_simulator.child_jobs import ChildJobs
from localdev.nextflow_simulator.command_line import RunCommand
from localdev.nextflow_simulator.ending import Ending
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
from localdev.nextflow_simulator.output import launch, records
from localdev.nextflow_simulator.output.files import NextflowLog, TraceFile
from localdev.nextflow_simulator.output.network import write_network, write_parsed_script
from localdev.nextflow_simulator.output.observers import Observers
from localdev.nextflow_simulator.pace import Pace
from localdev.nextflow_simulator.pipeline.generic import generic_plan
from localdev.nextflow_simulator.pipeline.plan import PIPELINE, TaskPlan, plan_of
from localdev.stand_ins.storage.client import ObjectClient

_RUN_NAME = re.compile(r"[a-z](?:[a-z\d]|[-_](?=[a-z\d])){0,79}", re.IGNORECASE)
_SCRIPT = "filter_gtf_for_genes_in_genome.py"  # one of the pipeline's `bin` folder
_BIN = f"tmp/6a/{'b6' * 15}/bin"  # below the root of the work directories


class AbortedError(Exception):
    """Nextflow aborts before it has a session."""


@dataclass(frozen=True, slots=True)
class _Script:
    """What the pipeline's script knows."""

    params: Params
    plan: Sequence[TaskPlan]
    sheet: Path


def run(command: RunCommand, environment: Mapping[str, str], interrupt: Interrupt) -> int:
    """Run the command; return the exit code: 0, or 1 after any error."""
    with ExitStack() as opened:
        log = NextflowLog(command.log_file)
        opened.callback(log.close)
        launch.write_launch(log, command, environment)
        interrupt.wait(_pace(environment).launch)
        try:
            session, config = _session_of(command, environment), _config_of(command, environment)
        except AbortedError as error:
            launch.write_abort(log, str(error))
            return 1
        launch.write_config(log, command, environment)
        launch.write_session(log, command, session, cloud_cache=bool(environment.get("NXF_CLOUDCACHE_PATH")))
        interrupt.install()
        launch.write_script_start(log, command)
        trace = TraceFile(command.trace, config.trace_fields) if command.trace else None
        if trace:
            opened.callback(trace.close)
        observers = Observers(log, command, trace)
        try:
            script = _script_of(command)
        except (InputError, OSError) as error:
            return _refuse(log, observers, str(error))
        context = _context(command, environment, session, config, script, log, interrupt, opened)
        return _execute(script.plan, context, observers, command, environment)


def _session_of(command: RunCommand, environment: Mapping[str, str]) -> str:
    """The id of the session. Raises AbortedError."""
    if not (RELEASES / _name_of(command) / "pipeline.json").is_file():
        where = f"Make sure exists a GitHub repository at this address `https://github.com/{command.pipeline}`"
        raise AbortedError(f"Cannot find `{command.pipeline}` -- {where}")
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


def _name_of(command: RunCommand) -> str:
    return command.pipeline.removeprefix("https://github.com/")


def _config_of(command: RunCommand, environment: Mapping[str, str]) -> Config:
    """All configs, in the order in which Nextflow reads them. Raises AbortedError."""
    files = [*launch.home_configs(environment), *command.config_files]
    for file in files:
        if not file.is_file():
            raise AbortedError(f"The specified configuration file does not exist: {file}")
    return read_config([file.read_text(encoding="utf-8") for file in files])


def _script_of(command: RunCommand) -> _Script:
    params = read_params(command.params_file, command.params)
    sheet = Path(str(params.get("input")))
    if _name_of(command) != PIPELINE:
        return _Script(params, generic_plan(_name_of(command), sheet), sheet)
    return _Script(params, plan_of(read_samples(sheet), params, file_identity(sheet)), sheet)


def _refuse(log: NextflowLog, observers: Observers, reason: str) -> int:
    """The pipeline's script stops itself before it has started a task."""
    write_parsed_script(log)
    records.write_aborted(log, "main", reason, [])
    observers.complete("main")
    records.write_script_error(log, reason)
    return 1


def _context(
    command: RunCommand,
    environment: Mapping[str, str],
    session: str,
    config: Config,
    script: _Script,
    log: NextflowLog,
    interrupt: Interrupt,
    opened: ExitStack,
) -> ExecutionContext:
    work_dir, objects = command.work_dir.rstrip("/"), ObjectClient(environment["STORAGE_EMULATOR_HOST"])
    opened.callback(objects.close)
    jobs = ChildJobs(
        environment["BATCH_ENDPOINT"],
        config.project,
        config.location,
        config.labels,
        interrupt,
        service_account=config.service_account,
        spot=config.spot,
        max_spot_attempts=config.max_spot_attempts,
    )
    opened.callback(jobs.close)
    return ExecutionContext(
        session=session,
        resumed=command.resume is not None,
        work_dir=work_dir,
        sheet=script.sheet,
        config=config,
        log=log,
        jobs=jobs,
        work_dirs=WorkDirs(objects, work_dir),
        cache=CloudCache(objects, environment.get("NXF_CLOUDCACHE_PATH", ""), session),
        results=Results(objects, str(script.params["outdir"])),
        interrupt=interrupt,
        pace=_pace(environment),
        chosen_failure=environment.get("SIM_FAIL", ""),
    )


def _execute(
    plan: Sequence[TaskPlan],
    context: ExecutionContext,
    observers: Observers,
    command: RunCommand,
    environment: Mapping[str, str],
) -> int:
    log, config = context.log, context.config
    bin_folder = f"{context.work_dir}/{_BIN}"
    write_network(log, plan, bin_folder=bin_folder, project=config.project, location=config.location)
    context.work_dirs.write(f"{_BIN}/{_SCRIPT}", "#!/usr/bin/env python\n")
    script = f"{launch.assets_of(command, environment)}/bin/{_SCRIPT}"
    log.add("[Actor Thread 1] DEBUG nextflow.util.HashBuilder", f"Hash asset file sha-256: {script}")
    ending = Ending(log, _name_of(command), observers)
    execution = Execution(plan, context, observers, ending)
    execution.run()
    context.cache.close(command.name, execution.hashes)
    records.write_end(log, aborted=ending.is_aborted)
    return 1 if ending.cause else 0


def _pace(environment: Mapping[str, str]) -> Pace:
    return Pace(float(environment.get("SIM_SPEED", "1")))
