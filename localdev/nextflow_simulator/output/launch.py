"""Writes the log records of Nextflow 25.10.4 from its start to the start of the pipeline's script."""

import os
import platform
import socket
from collections.abc import Mapping
from pathlib import Path

from localdev.nextflow_simulator.command_line import RunCommand
from localdev.nextflow_simulator.output import units
from localdev.nextflow_simulator.output.files import NextflowLog

VERSION = "25.10.4"
GOOGLE_PLUGIN = "nf-google@1.23.5"
_PLUGINS = (
    f"nf-amazon@3.4.4,nf-azure@1.20.2,nf-cloudcache@0.5.0,nf-codecommit@0.5.0,nf-console@1.3.0,{GOOGLE_PLUGIN},"
    "nf-k8s@1.2.2,nf-tower@1.17.5,nf-wave@1.16.1"
)
_PROFILES = "debug, test, apptainer, wave, docker, gitpod, shifter, mamba, conda, singularity, arm, test_full, podman"
_REVISION = "8471e6a6e7"  # an abbreviated commit
_CONFIG, _PLUGIN_MANAGER = "nextflow.config.ConfigBuilder", "org.pf4j.AbstractPluginManager"


def home_configs(environment: Mapping[str, str]) -> list[Path]:
    """The config in Nextflow's home, which all others override; none if there is no such file."""
    config = Path(_home(environment), "config")
    return [config] if config.is_file() else []


def assets_of(command: RunCommand, environment: Mapping[str, str]) -> str:
    """Where Nextflow keeps its clone of the pipeline."""
    return f"{_home(environment)}/assets/{command.pipeline.removeprefix('https://github.com/')}"


def write_launch(log: NextflowLog, command: RunCommand, environment: Mapping[str, str]) -> None:
    """The records before the session: command line, plugins, clone, configuration."""
    home, assets = _home(environment), assets_of(command, environment)
    log.add("[main] DEBUG nextflow.cli.Launcher", f"$> {command.line}")
    log.add("[main] INFO  nextflow.cli.CmdRun", f"N E X T F L O W  ~  version {VERSION}")
    plugins = f"mode=prod; embedded=false; plugins-dir={home}/plugins; core-plugins: {_PLUGINS}"
    log.add("[main] DEBUG nextflow.plugin.PluginsFacade", f"Setting up plugin manager > {plugins}")
    log.add("[main] INFO  org.pf4j.DefaultPluginStatusProvider", "Enabled plugins: []")
    log.add("[main] INFO  org.pf4j.DefaultPluginStatusProvider", "Disabled plugins: []")
    log.add("[main] INFO  org.pf4j.DefaultPluginManager", "PF4J version 3.12.0 in 'deployment' mode")
    log.add(f"[main] INFO  {_PLUGIN_MANAGER}", "No plugins")
    log.add("[main] DEBUG nextflow.scm.ProviderConfig", f"Using SCM config path: {home}/scm")
    remote = f"remote: origin; url: https://github.com/{command.pipeline.removeprefix('https://github.com/')}.git"
    clone = f"Git config: {assets}/.git/config; branch: null; {remote}"
    log.add("[main] DEBUG nextflow.scm.AssetManager", clone)
    log.add("[main] DEBUG nextflow.scm.RepositoryFactory", "Found Git repository result: [RepositoryFactory]")
    log.add("[main] DEBUG nextflow.scm.AssetManager", clone)


def write_config(log: NextflowLog, command: RunCommand, environment: Mapping[str, str]) -> None:
    """The records about the configs, in the order in which Nextflow reads them, and about secrets."""
    of_home, of_pipeline = home_configs(environment), Path(assets_of(command, environment), "nextflow.config")
    for file in of_home:
        log.add(f"[main] DEBUG {_CONFIG}", f"Found config home: {file}")
    log.add(f"[main] DEBUG {_CONFIG}", f"Found config base: {of_pipeline}")
    for file in command.config_files:
        log.add(f"[main] DEBUG {_CONFIG}", f"User config file: {file}")
    for file in (*of_home, of_pipeline, *command.config_files):
        log.add(f"[main] DEBUG {_CONFIG}", f"Parsing config file: {file}")
    for _ in range(3):
        log.add(f"[main] DEBUG {_CONFIG}", f"Applying config profile: `{command.profile}`")
    log.add(f"[main] DEBUG {_CONFIG}", f"Available config profiles: [{_PROFILES}]")
    log.add("[main] DEBUG nextflow.plugin.PluginsFacade", f"Plugins default=[{GOOGLE_PLUGIN}, nf-cloudcache@0.5.0]")
    requirement = f"Plugins resolved requirement=[{GOOGLE_PLUGIN}, nf-cloudcache@0.5.0]"
    log.add("[main] DEBUG nextflow.plugin.PluginsFacade", requirement)
    log.add(f"[main] INFO  {_PLUGIN_MANAGER}", f"Plugin '{GOOGLE_PLUGIN}' resolved")
    log.add(f"[main] INFO  {_PLUGIN_MANAGER}", f"Start plugin '{GOOGLE_PLUGIN}'")
    log.add("[main] DEBUG nextflow.plugin.BasePlugin", f"Plugin started {GOOGLE_PLUGIN}")
    provider, secrets = "nextflow.secret.LocalSecretsProvider", f"{_home(environment)}/secrets/store.json"
    log.add(f"[main] DEBUG {provider}", f"Secrets store: {secrets}")
    found = f"Discovered secrets providers: [{provider}@2b44605c] - activable => {provider}@2b44605c"
    log.add("[main] DEBUG nextflow.secret.SecretsLoader", found)


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


def write_session(log: NextflowLog, command: RunCommand, session: str, *, cloud_cache: bool) -> None:
    """The records about session, machine, cache and observers."""
    revision = f"{_REVISION} [{command.revision}]" if command.revision else _REVISION
    script = f"https://github.com/{command.pipeline.removeprefix('https://github.com/')}"
    log.add("[main] DEBUG nextflow.cli.CmdRun", "Applied DSL=2 from script declaration")
    log.add("[main] INFO  nextflow.cli.CmdRun", f"Launching `{script}` [{command.name}] DSL2 - revision: {revision}")
    log.add("[main] DEBUG nextflow.Session", f"Session UUID: {session}")
    log.add("[main] DEBUG nextflow.Session", f"Run name: {command.name}")
    log.add("[main] DEBUG nextflow.Session", f"Executor pool size: {os.cpu_count()}")
    porter = "File porter settings maxRetries=3; maxTransfers=50; pollTimeout=null"
    log.add("[main] DEBUG nextflow.file.FilePorter", porter)
    write_pool(log, "main", "FileTransfer")
    log.add("[main] DEBUG nextflow.cli.CmdRun", _version_block())
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "Nextflow history file tracking disabled")
    unknown = f"Unable to determine FS type (1): {command.work_dir}\n"
    log.add("[main] DEBUG nextflow.file.FileHelper", unknown)
    log.add("[main] DEBUG nextflow.Session", f"Work-dir: {command.work_dir} [null]")
    log.add("[main] DEBUG nextflow.executor.ExecutorFactory", "Extension executors providers=[GoogleBatchExecutor]")
    log.add("[main] DEBUG nextflow.Session", "Observer factory (v2): DefaultObserverFactory")
    factory = "nextflow.cache.CloudCacheFactory" if cloud_cache else "nextflow.cache.DefaultCacheFactory"
    log.add("[main] DEBUG nextflow.cache.CacheFactory", f"Using Nextflow cache factory: {factory}")
    pool = "Creating default thread pool > poolSize: 3; maxThreads: 1000"
    log.add("[main] DEBUG nextflow.util.CustomThreadPool", pool)
    log.add("[main] DEBUG nextflow.Session", "Session start")


def write_script_start(log: NextflowLog, command: RunCommand) -> None:
    """The records between the start of the session and the first process, with the pipeline's own banner."""
    if command.trace:
        log.add("[main] DEBUG nextflow.trace.TraceFileObserver", f"Workflow started -- trace file: {command.trace}")
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "> Launching execution")
    line = "-\x1b[2m----------------------------------------------------\x1b[0m-\n"
    banner = f"\n{line}\x1b[0;35m  {command.pipeline} {command.revision}\x1b[0m\n{line.rstrip()}"
    log.add("[main] INFO  nextflow.Nextflow", banner)


def write_pool(log: NextflowLog, thread: str, name: str) -> None:
    sizes = "minSize=10; maxSize=10; workQueue=LinkedBlockingQueue[-1]; allowCoreThreadTimeout=false"
    log.add(f"[{thread}] DEBUG nextflow.util.ThreadPoolBuilder", f"Creating thread pool '{name}' {sizes}")


def _home(environment: Mapping[str, str]) -> str:
    return environment.get("NXF_HOME", "/.nextflow")


def _version_block() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"\n  Version: {VERSION} build 11173\n  Created: 10-02-2026 15:17 UTC \n"
        f"  System: {platform.system()} {platform.release()}\n"
        "  Runtime: Groovy 4.0.28 on OpenJDK 64-Bit Server VM 21.0.8+9-LTS\n  Encoding: UTF-8 (UTF-8)\n"
        f"  Process: {os.getpid()}@{socket.gethostname()} [127.0.0.1]\n"
        f"  CPUs: {os.cpu_count()} - Mem: {units.memory(pages)} ({units.memory(pages // 2)}) - Swap: 0 (0)"
    )
