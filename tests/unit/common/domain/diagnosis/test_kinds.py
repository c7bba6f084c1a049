"""Kinds of failures in small logs, with words from public reports and from the sources of Nextflow and its plugins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.diagnosis.failure import FailureDiagnosis
from tests.unit.common.domain.diagnosis.test_diagnosis import failed, in_log, launcher_error, report
from tests.unit.common.domain.nextflow.texts import line, summary_in

ABORT = "Session aborted -- Cause: "
GRPC = "com.google.api.gax.rpc"


def stopped_by(exception: str) -> FailureDiagnosis:
    """The diagnosis of a log in which an exception with this class and text ends the main thread."""
    text = exception.partition(": ")[2]
    stack = f"{exception}\n\tat nextflow.cli.Launcher.run(Launcher.groovy:513)"
    return in_log(line(ABORT + text), launcher_error(f"@unknown\n{stack}"))


def command(exit_status: int, error: str) -> FailureDiagnosis:
    """The diagnosis of a task whose command ended with this status and printed `error` last."""
    return in_log(report(failed(exit_status), exit_status=exit_status, error=error))


@pytest.mark.parametrize(
    ("exception", "cause"),
    [
        ("java.nio.file.NoSuchFileException: gs://lab/genome.fa", CauseClass.MISSING_INPUT),
        ("java.io.FileNotFoundException: /refs/genes.gtf", CauseClass.MISSING_INPUT),
        ("java.nio.file.AccessDeniedException: gs://lab/panel.bed", CauseClass.PERMISSION),
        ("java.nio.file.FileSystemException: /w/ab: No space left on device", CauseClass.DISK_FULL),
        ("java.nio.file.FileSystemException: /w/ab: Not a directory", CauseClass.CONFIG_ERROR),
        ("java.lang.OutOfMemoryError: Metaspace", CauseClass.OUT_OF_MEMORY),
        ("java.lang.OutOfMemoryError: Requested array size exceeds VM limit", CauseClass.OUT_OF_MEMORY),
        ("java.io.UncheckedIOException: java.nio.file.NoSuchFileException: /x", CauseClass.MISSING_INPUT),
        ("java.io.UncheckedIOException: Connection reset by peer", CauseClass.INTERNAL_ERROR),
        ("java.net.UnknownHostException: api.github.com", CauseClass.INTERNAL_ERROR),
        ("nextflow.exception.ConfigParseException: Unexpected", CauseClass.CONFIG_ERROR),
        ("nextflow.exception.ScriptCompilationException: Odd", CauseClass.SCRIPT_ERROR),
        ("nextflow.exception.ScriptRuntimeException: Odd", CauseClass.SCRIPT_ERROR),
        ("groovy.lang.ReadOnlyPropertyException: Odd", CauseClass.SCRIPT_ERROR),
        ("nextflow.validation.exceptions.SchemaValidationException: Odd", CauseClass.CONFIG_ERROR),
        (f"{GRPC}.UnavailableException: io.grpc.StatusRuntimeException: UNAVAILABLE: io", CauseClass.INTERNAL_ERROR),
        (f"{GRPC}.DeadlineExceededException: DEADLINE_EXCEEDED: 59 s", CauseClass.INTERNAL_ERROR),
        (f"{GRPC}.NotFoundException: io.grpc.StatusRuntimeException: NOT_FOUND: network", CauseClass.CONFIG_ERROR),
        (f"{GRPC}.NotFoundException: NOT_FOUND: Resource 'projects/p/locations/l/jobs/nf-1/taskGroups/group0/tasks/0'",
         CauseClass.INTERNAL_ERROR),
        (f"{GRPC}.InvalidArgumentException: INVALID_ARGUMENT: machine_type", CauseClass.CONFIG_ERROR),
        (f"{GRPC}.UnauthenticatedException: UNAUTHENTICATED: no token", CauseClass.PERMISSION),
        (f"{GRPC}.PermissionDeniedException: PERMISSION_DENIED: batch.jobs.create", CauseClass.PERMISSION),
        (f"{GRPC}.ResourceExhaustedException: RESOURCE_EXHAUSTED: requests", CauseClass.QUOTA),
        ("org.pf4j.PluginRuntimeException: Plugin nf-amazon@9.9 does not exist", CauseClass.CONFIG_ERROR),
        ("java.lang.IllegalStateException: Cannot find latest version of nf-x plugin", CauseClass.CONFIG_ERROR),
        ("nextflow.exception.AbortOperationException: Not a kind we know", CauseClass.CONFIG_ERROR),
        ("AccessDeniedException: /no/package", CauseClass.PERMISSION),
    ],
)  # fmt: skip
def test_the_class_of_an_exception_decides(exception: str, cause: CauseClass) -> None:
    found = stopped_by(exception)
    assert found.cause == cause
    assert found.message


def test_a_bare_path_is_shown_with_its_exception() -> None:
    found = stopped_by("java.nio.file.NoSuchFileException: /refs/genome.fa")
    assert found.message == "java.nio.file.NoSuchFileException: /refs/genome.fa"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("CODE_GCE_QUOTA_EXCEEDED: CPUS", CauseClass.QUOTA),
        ("Batch Error: code - CODE_GCE_ZONE_RESOURCE_POOL_EXHAUSTED, description - no machines", CauseClass.QUOTA),
        ("Batch Error: code - CODE_GCE_PERMISSION_DENIED, description - x", CauseClass.PERMISSION),
        ("Batch Error: code - CODE_MACHINE_TYPE_NOT_FOUND, description - x", CauseClass.CONFIG_ERROR),
        ("Batch Error: code - CODE_GCE_INTERNAL_ERROR, description - x", CauseClass.INTERNAL_ERROR),
        ("Process exceeded running time limit (12h)", CauseClass.TIME_LIMIT),
        ("Missing result of eval command: 'samtools --version'", CauseClass.MISSING_OUTPUT),
        ("Incorrect number of output files for process `CALL (1)` -- expected 2, found 1", CauseClass.MISSING_OUTPUT),
        ("Wave invalid response: POST https://wave.seqera.io [500] {}", CauseClass.IMAGE_PULL),
        ("Wave provisioning for container 'lab/t:1' did not complete successfully\n- Reason: x", CauseClass.IMAGE_PULL),
        ("Wave provisioning for container 'lab/t:1' is exceeding max allowed duration (40m)", CauseClass.IMAGE_PULL),
        ("CannotPullContainerError: pull image manifest has been retried 5 time(s)", CauseClass.IMAGE_PULL),
        ("Process `P (1)` terminated for an unknown reason -- Likely it has been terminated", CauseClass.UNKNOWN),
    ],
)
def test_the_cause_that_a_report_gives(text: str, cause: CauseClass) -> None:
    assert in_log(report(text)).cause == cause


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        (125, "docker: Error response from daemon: toomanyrequests: too many pulls.", CauseClass.IMAGE_PULL),
        (125, "docker: Error response from daemon: unauthorized: access to it is denied.", CauseClass.IMAGE_PULL),
        (125, 'docker: Error response from daemon: Get "https://quay.io/v2/": x509: unknown', CauseClass.IMAGE_PULL),
        (125, "docker: Error response from daemon: received unexpected HTTP status: 503 Service Unavailable.",
         CauseClass.IMAGE_PULL),
        (125, "docker: Error response from daemon: manifest for lab/t:1 not found: unknown.", CauseClass.IMAGE_PULL),
        (125, "docker: invalid reference format.", CauseClass.IMAGE_PULL),
        (125, "docker: failed to register layer: write /x: no space left on device.", CauseClass.DISK_FULL),
        (125, "docker: unknown flag: --gpuz", CauseClass.CONFIG_ERROR),
        (125, "unknown shorthand flag: 'q' in -q\nSee 'docker run --help'.", CauseClass.CONFIG_ERROR),
        (125, 'invalid argument "0.x" for "--cpus" flag: not a rational number', CauseClass.CONFIG_ERROR),
        (125, "docker: Cannot connect to the Docker daemon at unix:///x.", CauseClass.COMMAND_FAILED),
        (125, "docker: Error response from daemon: dial unix d.sock: connect: connection refused.",
         CauseClass.COMMAND_FAILED),
        (125, 'docker: Error response from daemon: Conflict. The container name "/nxf-1" is already in use.',
         CauseClass.INTERNAL_ERROR),
        (255, "FATAL:   While making image from oci registry: error fetching image", CauseClass.IMAGE_PULL),
        (134, "Aborted (core dumped)", CauseClass.COMMAND_FAILED),
        (139, "Segmentation fault (core dumped)", CauseClass.COMMAND_FAILED),
        (132, "Illegal instruction", CauseClass.COMMAND_FAILED),
        (143, "", CauseClass.KILLED_BY_SIGNAL),
        (140, "slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT T DUE TO TIME LIMIT ***", CauseClass.TIME_LIMIT),
        (1, "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 61.0 GiB for an array with shape (9, 9)",
         CauseClass.OUT_OF_MEMORY),
        (134, "memory allocation of 68719476736 bytes failed", CauseClass.OUT_OF_MEMORY),
        (1, "samtools sort: couldn't allocate memory for bam_mem", CauseClass.OUT_OF_MEMORY),
        (104, "EXITING because of FATAL ERROR: not enough memory for BAM sorting:", CauseClass.OUT_OF_MEMORY),
        (1, "Error: vector memory exhausted (limit reached?)", CauseClass.OUT_OF_MEMORY),
        (1, "Error: cons memory exhausted (limit reached?)", CauseClass.OUT_OF_MEMORY),
        (1, "# There is insufficient memory for the Java Runtime Environment to continue.", CauseClass.OUT_OF_MEMORY),
        (1, "[E::bwa_idx] fail to allocate 41943040 bytes", CauseClass.OUT_OF_MEMORY),
        (1, "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
         CauseClass.OUT_OF_MEMORY),
        (1, "slurmstepd: error: Exceeded job memory limit", CauseClass.OUT_OF_MEMORY),
        (1, "Out of memory!", CauseClass.OUT_OF_MEMORY),
        (1, "free memory: 12 GB\nError: bad header", CauseClass.COMMAND_FAILED),
        (1, "HTTPError: HTTP Error 404: Not Found", CauseClass.COMMAND_FAILED),
    ],
)  # fmt: skip
def test_what_a_command_prints_decides(status: int, error: str, cause: CauseClass) -> None:
    assert command(status, error).cause == cause


def test_a_full_disk_outweighs_the_memory_error_that_it_leads_to() -> None:
    """The cache of Nextflow is mapped into memory; on a full disk the JVM reports an unsafe access."""
    unsafe = "java.lang.InternalError: a fault occurred in a recent unsafe memory access operation in compiled code"
    found = in_log(
        line("Failed to write the trace\njava.io.IOException: No space left on device\n\tat a.B.c(B.java:1)",
             level="ERROR", logger="nextflow.trace.TraceFileObserver", thread="Task monitor"),
        line(f"Execution aborted due to an unexpected error\n{unsafe}", level="ERROR"),
        line(f"{ABORT}{unsafe}"),
    )  # fmt: skip
    assert found.cause == CauseClass.DISK_FULL


def test_the_record_before_names_task_and_reason() -> None:
    condition = (
        "Handling unexpected condition for\n  task: name=QC (2); work-dir=null\n"
        "  error [java.nio.file.AccessDeniedException]: gs://lab/x"
    )
    unexpected = "Execution aborted due to an unexpected error\njava.lang.NullPointerException: null"
    found = in_log(line(condition), line(unexpected, level="ERROR"))
    assert (found.cause, found.error_task) == (CauseClass.PERMISSION, "QC (2)")
    assert in_log(line(condition, thread="T 1"), line(unexpected, level="ERROR")).cause == CauseClass.INTERNAL_ERROR


def test_what_breaks_nextflow_while_it_handles_a_failed_task_is_the_cause() -> None:
    """A failed command alone would have been retried, or reported, as the error strategy says."""
    status = failed(1).replace("P (1)", "QC (2)")
    condition = (
        "Handling unexpected condition for\n  task: name=QC (2); work-dir=/w/ab\n"
        f"  error [nextflow.exception.ProcessFailedException]: {status}"
    )
    found = in_log(
        line(condition),
        line("Execution aborted due to an unexpected error\njava.lang.StackOverflowError: null", level="ERROR"),
        line(ABORT + status),
    )
    assert (found.cause, found.error_task) == (CauseClass.INTERNAL_ERROR, "QC (2)")


def test_the_faults_that_a_parser_lists_are_in_message_and_evidence() -> None:
    for heading, name, cause in [
        ("Config parsing failed", "ConfigParseException", CauseClass.CONFIG_ERROR),
        ("Script compilation failed", "ScriptCompilationException", CauseClass.SCRIPT_ERROR),
    ]:
        fault = "/p/nextflow.config: 12: Unexpected input: '}' @ line 12, column 1."
        stack = f"nextflow.exception.{name}: {heading}\n\tat a.B.c(B.java:1)"
        startup = "Caused by: x.y.ErrorsException: startup failed:"
        found = in_log(
            launcher_error(f"{heading}\n{stack}\n{startup}\n{fault}\n   }}\n   ^\n\n1 error\n\n\tat a.B.c(B.java:1)")
        )
        assert found.cause == cause
        assert fault in [evidence.line for evidence in found.evidence]
        assert fault in (found.message or "")


def test_the_whole_list_of_a_schema_is_the_message() -> None:
    faults = (
        "\x1b[0;31mThe following invalid input values have been detected:\n\n* --input (x): no\n* --outdir: no\n\x1b[0m"
    )
    name = "nextflow.validation.exceptions.SchemaValidationException"
    found = in_log(
        line("Validation of pipeline parameters failed!", level="ERROR", logger="n.v.parameters.ParameterValidator"),
        line(ABORT + faults),
        line(f"Operation aborted\n{name}: {faults}\n\n\tat a.B.c(B.java:1)", logger="nextflow.cli.Launcher"),
    )
    assert found.cause == CauseClass.CONFIG_ERROR
    assert all(text in (found.message or "") for text in ("--input", "--outdir"))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Cannot find any reads matching: data/*.fastq.gz", CauseClass.MISSING_INPUT),
        ("No FASTA files found in /data", CauseClass.MISSING_INPUT),
        ("Please check input samplesheet -> Invalid strand", CauseClass.CONFIG_ERROR),
        ("==========\nGenome 'x' not found in any config files\n==========", CauseClass.CONFIG_ERROR),
        ("It was the lark", CauseClass.SCRIPT_ERROR),
    ],
)
@pytest.mark.parametrize("with_text", [True, False])
def test_the_last_words_of_a_pipeline_are_evidence(text: str, cause: CauseClass, *, with_text: bool) -> None:
    """`error "text"`, and `log.error "text"` before `error ""`."""
    thrown = f"@unknown\nnextflow.exception.WorkflowScriptErrorException: {text if with_text else ''}"
    complaint = "" if with_text else line(text, level="ERROR", logger="nextflow.Nextflow")
    found = in_log(
        complaint, line(ABORT + (text if with_text else "")), launcher_error(f"{thrown}\n\tat a.B.c(B.java:1)")
    )
    assert found.cause == cause
    assert text.replace("=", "").strip() in (found.message or "")
    assert not any(evidence.line.startswith("===") for evidence in found.evidence)


def test_a_banner_after_the_failure_is_no_evidence() -> None:
    banner = line("Pipeline completed with errors", level="ERROR", logger="nextflow.Nextflow")
    found = in_log(line(ABORT + "It was the lark"), banner)
    assert (found.cause, found.evidence[0].line) == (CauseClass.UNKNOWN, "It was the lark")


@given(st.lists(st.sampled_from(["Session aborted -- Cause: ", "@unknown\n", "java.io.IOException: ", "x", "\n", "\t",
                                 "Caused by: ", "WorkflowScriptErrorException: ", "No space left on device", " @ line ",
                                 "Error executing process > 'P'\n\nCaused by:\n  ", "error [a.B]: "]), max_size=8),
       st.sampled_from(["nextflow.cli.Launcher", "nextflow.Nextflow", "n.p.TaskProcessor"]))  # fmt: skip
def test_the_evidence_of_any_cause_is_in_the_log(parts: list[str], logger: str) -> None:
    log = line("".join(parts), level="ERROR", logger=logger)
    found = diagnose(summary_in(log))
    assert found.cause == CauseClass.UNKNOWN or found.evidence
    assert all(evidence.line in log for evidence in found.evidence)
