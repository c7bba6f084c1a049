"""Generates a nextflow.log of any length that resembles a large run on Google Batch."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

# Per task: three records about it, and seven others.
RECORDS_PER_TASK = 10
STARTED_AT = datetime(2026, 11, 23, 8, tzinfo=UTC)

_PROCESSES = tuple(f"NFCORE_SCRNASEQ:SCRNASEQ:{name}" for name in ("FASTQC", "STARSOLO:STAR_ALIGN", "MTX_TO_H5AD"))
# Each with its thread, level and logger; the first three are about a task.
_RECORDS = """\
Task submitter] DEBUG n.c.g.b.GoogleBatchTaskHandler - [GOOGLE BATCH] Process `{name}` submitted > job={job}; uid={job}-0; work-dir={work}
Task submitter] INFO  nextflow.Session - [{hash}] Submitted process > {name}
Task monitor] DEBUG n.processor.TaskPollingMonitor - Task completed > TaskHandler[{handler}; status: COMPLETED; exit: 0; error: -; workDir: {work}]
Task monitor] DEBUG n.c.g.b.GoogleBatchTaskHandler - [GOOGLE BATCH] Process `{name}` - terminated job={job}; task=0; state=SUCCEEDED
Task monitor] DEBUG n.c.g.batch.client.BatchClient - [GOOGLE BATCH] job={job} status=RUNNING; the retry policy is not applied
FileTransfer-{slot}] DEBUG nextflow.file.FilePorter - Copying foreign file gs://lab/{number}_R1.fastq.gz to {work}
Task monitor] DEBUG n.processor.TaskPollingMonitor - !! executor google-batch > tasks to be completed: {number} -- submitted tasks are shown below\
\\n~> TaskHandler[{handler}; status: RUNNING; exit: -; error: -; workDir: {work}]\
\\n~> TaskHandler[{handler}; status: SUBMITTED; exit: -; error: -; workDir: {work}]
Actor Thread {slot}] TRACE nextflow.processor.TaskProcessor - <{name}> Before run -- messages: [sample_{number}]
PublishDir-{slot}] DEBUG nextflow.processor.PublishDir - Published file {work}/out.h5ad (retried 0 times)\t(copy)
Actor Thread {slot}] WARN  nextflow.Nextflow - Sample sample_{number} has fewer than 500 cells — kept
"""  # noqa: E501 one record, one line
_TASK = "".join(f"{{stamp}} [{record}\n" for record in _RECORDS.splitlines()).replace("\\n", "\n")


def log_pieces(tasks: int) -> Iterator[bytes]:
    """The log of a run with `tasks` tasks, in pieces of RECORDS_PER_TASK records, about two kilobytes."""
    for number in range(tasks):
        key = f"{number * 2_654_435_761 % (1 << 32):08x}"
        name, job = f"{_PROCESSES[number % len(_PROCESSES)]} (sample_{number})", f"nf-{key}-1764"
        facts = {
            "number": number,
            "slot": number % 16,
            "name": name,
            "handler": f"jobId: {job}; id: {number}; name: {name}",
            "hash": f"{key[:2]}/{key[2:]}",
            "job": job,
            "work": f"gs://sluice-work/runs/run-1a2b3c4d/work/{key[:2]}/{key[2:]}{'0' * 24}",
        }
        at = STARTED_AT + timedelta(milliseconds=number * 250)
        stamp = f"{at:%b-%d %H:%M:%S}.{at.microsecond // 1000:03}"
        yield _TASK.format(stamp=stamp, **facts).encode()
