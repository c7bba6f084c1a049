"""Small, complete logs and traces in the format of Nextflow 25: of a finished and of a failed run."""

_HASHES = ("ab/cdef01", "12/345678", "9f/00aa11")
_NAMES = tuple(f"NFCORE_SCRNASEQ:SCRNASEQ:{name}" for name in ("FASTQC (sample_1)", "STAR_ALIGN (sample_2)", "MULTIQC"))
_WORK = "gs://sluice-work/runs/run-1a2b3c4d/work"


def _record(second: int, message: str, *, level: str = "DEBUG", logger: str = "nextflow.Session") -> str:
    return f"Nov-23 12:00:{second:02}.{second * 7:03} [Task monitor] {level:5} {logger} - {message}\n"


def _work_dir(task_hash: str) -> str:
    return f"{_WORK}/{task_hash}{'0' * 24}"


def _start() -> str:
    return (
        _record(1, "$> nextflow -log nextflow.log run nf-core/scrnaseq -r 2.7.1", logger="nextflow.cli.Launcher")
        + _record(2, "N E X T F L O W  ~  version 25.10.4", level="INFO", logger="nextflow.cli.CmdRun")
        + _record(3, "Session UUID: 0e9c6c5e-2b6f-4b27-9d0e-3a4f5b6c7d8e")
        + _record(4, "Run name: run-1a2b3c4d")
        + _record(4, "[warm up] executor > google-batch", logger="nextflow.executor.Executor")
        + _record(5, "\n\x1b[0;34m  nf-core/scrnaseq ✔\x1b[0m\n  two lines\n", level="INFO", logger="nextflow.Nextflow")
    )


def _submitted(second: int, number: int) -> str:
    return _record(second, f"[{_HASHES[number]}] Submitted process > {_NAMES[number]}", level="INFO")


def _completed(second: int, number: int, exit_status: int) -> str:
    handler = (
        f"id: {number + 1}; name: {_NAMES[number]}; status: COMPLETED; exit: {exit_status}; error: -; "
        f"workDir: {_work_dir(_HASHES[number])}"
    )
    return _record(second, f"Task completed > TaskHandler[{handler}]")


def _failure(second: int, number: int) -> str:
    cause = f"Process `{_NAMES[number]}` terminated with an error exit status (137)"
    errored = (
        f"Handling unexpected condition for\n  task: name={_NAMES[number]}; work-dir={_work_dir(_HASHES[number])}\n"
        f"  error [nextflow.exception.ProcessFailedException]: {cause}\n"
        "A second line of the reason\n\tat nextflow.processor.TaskProcessor.finalizeTask0(TaskProcessor.groovy:2409)"
    )
    report = (
        f"Error executing process > '{_NAMES[number]}'\n\nCaused by:\n  {cause}\n\n\n"
        "Command executed:\n\n  STAR --runThreadN 2\n\nCommand exit status:\n  137\n\nCommand output:\n  (empty)\n\n"
        f"Work dir:\n  {_work_dir(_HASHES[number])}\n\nTip: view the complete command output\n"
    )
    return _record(second, errored) + _record(second + 1, report, level="ERROR")


FINISHED_LOG = (
    _start()
    + "".join(_submitted(10 + number, number) for number in range(3))
    + "".join(_completed(20 + number, number, 0) for number in range(3))
    + _record(30, "Session await > all processes finished")
    + _record(31, "> Execution complete -- Goodbye", logger="nextflow.script.ScriptRunner")
).encode()

FAILED_LOG = (
    _start()
    + _submitted(10, 0)
    + _submitted(11, 1)
    + _completed(20, 0, 0)
    + _completed(21, 1, 137)
    + _failure(22, 1)
    + _record(31, "> Execution complete -- Goodbye", logger="nextflow.script.ScriptRunner")
).encode()

_COLUMNS = (
    "task_id\thash\tnative_id\tname\tstatus\texit\tsubmit\trealtime\t%cpu\tpeak_rss\tattempt\tcpus\tmemory\tworkdir\n"
)


def _row(number: int, status: str, exit_status: str) -> str:
    cells = (number + 1, _HASHES[number], f"nf-{number}/0/u", _NAMES[number], status, exit_status, 1795435200000, 2500)
    return "\t".join(map(str, (*cells, 150.5, 1 << 20, 1, 2, 1 << 30, _work_dir(_HASHES[number])))) + "\n"


FINISHED_TRACE = (_COLUMNS + "".join(_row(number, "COMPLETED", "0") for number in range(3))).encode()
FAILED_TRACE = (_COLUMNS + _row(0, "COMPLETED", "0") + _row(1, "FAILED", "137")).encode()
