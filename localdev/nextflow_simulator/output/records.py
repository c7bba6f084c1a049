"""Writes the log records of a run as Nextflow 25.10.4 does with the google-batch executor."""

import os
import platform
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from localdev.nextflow_simulator.command_line import RunCommand
from localdev.nextflow_simulator.output import units
from localdev.nextflow_simulator.output.files import NextflowLog
from localdev.nextflow_simulator.output.task_texts import command_of, error_of
from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.task import TaskAttempt

VERSION = "25.10.4"
_PLUGINS = (
    "nf-amazon@3.4.2,nf-azure@1.20.2,nf-cloudcache@0.5.0,nf-codecommit@0.5.0,nf-console@1.3.0,nf-google@1.23.3,"
    "nf-k8s@1.2.2,nf-tower@1.17.3,nf-wave@1.16.1"
)
_TIP = (
    "Tip: you can replicate the issue by changing to the process work dir and entering the command `bash .command.run`"
)
_REVISION = "8471e6a6e7"  # an abbreviated commit


def home_configs(environment: Mapping[str, str]) -> list[Path]:
    """The config in Nextflow's home, which all others override; none if there is no such file."""
    config = Path(environment.get("NXF_HOME", "/.nextflow"), "config")
    return [config] if config.is_file() else []


def write_launch(log: NextflowLog, command: RunCommand, environment: Mapping[str, str]) -> None:
    """The records before the session: command line, plugins, configuration."""
    home = environment.get("NXF_HOME", "/.nextflow")
    log.add("[main] DEBUG nextflow.cli.Launcher", f"$> {command.line}")
    log.add("[main] INFO  nextflow.cli.CmdRun", f"N E X T F L O W  ~  version {VERSION}")
    plugins = f"mode=prod; embedded=false; plugins-dir={home}/plugins; core-plugins: {_PLUGINS}"
    log.add("[main] DEBUG nextflow.plugin.PluginsFacade", f"Setting up plugin manager > {plugins}")
    log.add("[main] INFO  o.pf4j.DefaultPluginStatusProvider", "Enabled plugins: []")
    log.add("[main] INFO  o.pf4j.DefaultPluginStatusProvider", "Disabled plugins: []")
    log.add("[main] INFO  org.pf4j.DefaultPluginManager", "PF4J version 3.12.0 in 'deployment' mode")
    log.add("[main] INFO  org.pf4j.AbstractPluginManager", "No plugins")
    for file in home_configs(environment):
        log.add("[main] DEBUG nextflow.config.ConfigBuilder", f"Found config home: {file}")
    for file in command.config_files:
        log.add("[main] DEBUG nextflow.config.ConfigBuilder", f"User config file: {file}")
    for file in (*home_configs(environment), *command.config_files):
        log.add("[main] DEBUG nextflow.config.ConfigBuilder", f"Parsing config file: {file}")
    log.add("[main] DEBUG nextflow.config.ConfigBuilder", f"Applying config profile: `{command.profile}`")
    secrets = f"Secrets store: {home}/secrets/store.json"
    log.add("[main] DEBUG n.secret.LocalSecretsProvider", secrets)


def write_abort(log: NextflowLog, reason: str) -> None:
    """Nextflow aborts before it has a session; only the exception states the reason."""
    log.add(
        "[main] DEBUG nextflow.cli.Launcher",
        f"Operation aborted\nnextflow.exception.AbortOperationException: {reason}\n"
        "\tat nextflow.script.ScriptRunner.verifyAndTrackHistory(ScriptRunner.groovy:293)\n"
        "\tat nextflow.cli.CmdRun.run(CmdRun.groovy:429)\n"
        "\tat nextflow.cli.Launcher.run(Launcher.groovy:515)\n"
        "\tat nextflow.cli.Launcher.main(Launcher.groovy:675)",
    )


def write_script_error(log: NextflowLog, reason: str) -> None:
    """The pipeline refuses its inputs before it starts a task."""
    log.add("[main] ERROR nextflow.Nextflow", reason)
    log.add("[main] DEBUG nextflow.Session", f"Session aborted -- Cause: {reason}")
    write_end(log)


def write_session(log: NextflowLog, command: RunCommand, session: str, *, cloud_cache: bool) -> None:
    """The records about session, machine, cache and observers."""
    revision = f"{_REVISION} [{command.revision}]" if command.revision else _REVISION
    script = f"https://github.com/{command.pipeline}"
    log.add("[main] INFO  nextflow.cli.CmdRun", f"Launching `{script}` [{command.name}] DSL2 - revision: {revision}")
    log.add("[main] DEBUG nextflow.plugin.PluginsFacade", "Plugins default=[nf-google@1.23.3, nf-cloudcache@0.5.0]")
    log.add("[main] INFO  org.pf4j.AbstractPluginManager", "Plugin 'nf-google@1.23.3' resolved")
    log.add("[main] DEBUG nextflow.Session", f"Session UUID: {session}")
    log.add("[main] DEBUG nextflow.Session", f"Run name: {command.name}")
    log.add("[main] DEBUG nextflow.Session", f"Executor pool size: {os.cpu_count()}")
    log.add(
        "[main] DEBUG nextflow.file.FilePorter", "File porter settings maxRetries=3; maxTransfers=50; pollTimeout=null"
    )
    log.add("[main] DEBUG nextflow.cli.CmdRun", _version_block())
    log.add("[main] DEBUG nextflow.Session", f"Work-dir: {command.work_dir} [null]")
    log.add("[main] DEBUG nextflow.executor.ExecutorFactory", "Extension executors providers=[GoogleBatchExecutor]")
    log.add("[main] DEBUG nextflow.Session", "Observer factory (v2): DefaultObserverFactory")
    factory = "nextflow.cache.CloudCacheFactory" if cloud_cache else "nextflow.cache.DefaultCacheFactory"
    log.add("[main] DEBUG nextflow.cache.CacheFactory", f"Using Nextflow cache factory: {factory}")
    log.add("[main] DEBUG nextflow.Session", "Session start")
    if command.trace:
        log.add("[main] DEBUG nextflow.trace.TraceFileObserver", f"Workflow started -- trace file: {command.trace}")
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "> Launching execution")
    banner = "\n\x1b[2m----------------------------------------------------\x1b[0m\n"
    log.add("[main] INFO  nextflow.Nextflow", f"{banner}\x1b[0;35m  nf-core/scrnaseq {command.revision}\x1b[0m{banner}")


def write_network(log: NextflowLog, plan: Sequence[TaskPlan]) -> None:
    """The records that create the processes, and the executor before the first one."""
    names = list(dict.fromkeys(task.process.name for task in plan))
    for number, name in enumerate(names):
        log.add("[main] DEBUG nextflow.executor.ExecutorFactory", "<< taskConfig executor: google-batch")
        log.add("[main] DEBUG nextflow.executor.ExecutorFactory", ">> processorType: 'google-batch'")
        if number == 0:
            monitor = "capacity=1000; pollInterval=10s; dumpInterval=5m"
            log.add("[main] DEBUG nextflow.executor.Executor", "[warm up] executor > google-batch")
            log.add(
                "[main] DEBUG n.processor.TaskPollingMonitor",
                f"Creating task monitor for executor 'google-batch' > {monitor}",
            )
            log.add("[main] DEBUG n.processor.TaskPollingMonitor", ">>> barrier register (monitor: google-batch)")
        log.add(
            "[main] DEBUG nextflow.processor.TaskProcessor",
            f"Creating process '{name}': maxForks=0; fair=false; array=0",
        )
    log.add("[main] DEBUG nextflow.Session", f"Workflow process names [dsl2]: {', '.join(names)}")
    log.add("[main] DEBUG nextflow.Session", f"Igniting dataflow network ({len(names)})")
    for name in names:
        log.add("[main] DEBUG nextflow.processor.TaskProcessor", f"Starting process > {name}")
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "> Awaiting termination ")
    log.add("[main] DEBUG nextflow.Session", "Session await")


def write_running(log: NextflowLog, tasks: Sequence[TaskAttempt]) -> None:
    """The regular dump of running tasks by the task monitor."""
    shown = [f"~> {task.handler()}" for task in tasks[:10]]
    shown += [".. remaining tasks omitted."] if len(tasks) > 10 else []
    head = f"!! executor google-batch > tasks to be completed: {len(tasks)} -- submitted tasks are shown below"
    log.add("[Task monitor] DEBUG n.processor.TaskPollingMonitor", "\n".join([head, *shown]))


def write_active_nodes(log: NextflowLog, thread: str, processes: Sequence[str]) -> None:
    """The dump of unfinished processes by an aborted session."""
    ports = "  port 0: (queue) OPEN  ; channel: -\n  port 1: (cntrl) -     ; channel: $\n"
    nodes = [f"[process] {name}\n  status=ACTIVE\n{ports}" for name in processes]
    log.add(f"[{thread}] DEBUG nextflow.Session", "\n".join(["The following nodes are still active:", *nodes]))


def write_failure(log: NextflowLog, thread: str, task: TaskAttempt, cause: str) -> None:
    """The error report of a failed task."""
    error = error_of(task)
    parts = [
        f"Error executing process > '{task.name}'\n\nCaused by:\n  {cause}\n",
        f"\nCommand executed:\n\n  {command_of(task)}\n",
        f"Command exit status:\n  {'-' if task.exit_code is None else task.exit_code}\n",
        "Command output:\n  (empty)\n",
        *([f"Command error:\n  {error}\n"] if error else []),
        f"Work dir:\n  {task.work_dir}\n",
        f"Container:\n  {task.planned.process.container}\n",
        _TIP,
    ]
    log.add(f"[{thread}] ERROR nextflow.processor.TaskProcessor", "\n".join(parts))


def write_end(log: NextflowLog) -> None:
    log.add("[main] DEBUG nextflow.cache.CacheDB", "Closing CacheDB done")
    log.add("[main] INFO  org.pf4j.AbstractPluginManager", "Stop plugin 'nf-google@1.23.3'")
    log.add("[main] DEBUG nextflow.plugin.BasePlugin", "Plugin stopped nf-google")
    log.add(
        "[main] DEBUG nextflow.util.ThreadPoolManager", "Thread pool 'FileTransfer' shutdown completed (hard=false)"
    )
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "> Execution complete -- Goodbye")


def _version_block() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"\n  Version: {VERSION} build 11173\n  Created: 10-02-2026 15:17 UTC \n"
        f"  System: {platform.system()} {platform.release()}\n"
        "  Runtime: Groovy 4.0.28 on OpenJDK 64-Bit Server VM 21.0.8+9-LTS\n  Encoding: UTF-8 (UTF-8)\n"
        f"  Process: {os.getpid()}@{socket.gethostname()} [127.0.0.1]\n"
        f"  CPUs: {os.cpu_count()} - Mem: {units.memory(pages)} ({units.memory(pages // 2)}) - Swap: 0 (0)"
    )
