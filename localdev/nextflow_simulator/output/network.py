"""Writes the log records with which Nextflow creates the processes of a pipeline and the executor of the first one."""

from collections.abc import Sequence

from localdev.nextflow_simulator.output.files import NextflowLog
from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.pipeline.processes import Process

_FACTORY, _MONITOR = "nextflow.executor.ExecutorFactory", "n.processor.TaskPollingMonitor"
_EXECUTOR, _PROCESSOR = "n.c.google.batch.GoogleBatchExecutor", "nextflow.processor.TaskProcessor"
_MATCHING = "n.script.dsl.ProcessConfigBuilder"


def write_network(log: NextflowLog, plan: Sequence[TaskPlan], *, bin_folder: str, project: str, location: str) -> None:
    """The records up to the first task; `bin_folder` is where the scripts of the pipeline are uploaded to."""
    processes = list(dict.fromkeys(task.process for task in plan))
    for number, process in enumerate(processes):
        _write_matches(log, process)
        log.add(f"[main] DEBUG {_FACTORY}", "<< taskConfig executor: google-batch")
        log.add(f"[main] DEBUG {_FACTORY}", ">> processorType: 'google-batch'")
        if number == 0:
            _write_executor(log, bin_folder, f"project:{project}, location:{location}")
        log.add(f"[main] DEBUG {_PROCESSOR}", f"Creating process '{process.name}': maxForks=0; fair=false; array=0")
    log.add("[main] DEBUG nextflow.Session", "Config process names validation disabled as requested")
    log.add("[main] DEBUG nextflow.Session", f"Igniting dataflow network ({len(processes) + 1})")
    for process in processes:
        log.add(f"[main] DEBUG {_PROCESSOR}", f"Starting process > {process.name}")
    write_parsed_script(log)
    log.add("[main] DEBUG nextflow.script.ScriptRunner", "> Awaiting termination ")
    log.add("[main] DEBUG nextflow.Session", "Session await")


def write_parsed_script(log: NextflowLog) -> None:
    parsed = "Parsed script files:\n  Script_fb6e64bf11ab88ef: main.nf"
    log.add("[main] DEBUG nextflow.script.ScriptRunner", parsed)


def _write_matches(log: NextflowLog, process: Process) -> None:
    """The selectors of the pipeline's own config that match a process."""
    label, name = process.label, process.name
    by_label = f"Config settings `withLabel:{label}` matches labels `{label}` for process with name {name}"
    log.add(f"[main] DEBUG {_MATCHING}", by_label)
    by_name = f"Config settings `withName:{process.short_name}` matches process {name}"
    log.add(f"[main] DEBUG {_MATCHING}", by_name)


def _write_executor(log: NextflowLog, bin_folder: str, where: str) -> None:
    monitor = "capacity: 1000; pollInterval: 10s; dumpInterval: 5m "
    log.add("[main] DEBUG nextflow.executor.Executor", "[warm up] executor > google-batch")
    log.add(f"[main] DEBUG {_MONITOR}", f"Creating task monitor for executor 'google-batch' > {monitor}")
    log.add(f"[main] DEBUG {_MONITOR}", ">>> barrier register (monitor: google-batch)")
    log.add(f"[main] DEBUG {_EXECUTOR}", f"[GOOGLE BATCH] Executor config=GoogleOpts({where})")
    log.add(f"[main] INFO  {_EXECUTOR}", f"Uploading local `bin` scripts folder to {bin_folder}")
    client = "[GOOGLE BATCH] Creating service client with default settings"
    log.add("[main] DEBUG n.c.google.batch.client.BatchClient", client)
