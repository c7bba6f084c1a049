"""What the class of an exception proves where its words prove nothing; the last resort for Nextflow's own errors."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import EvidenceSource, classes, words

# Nextflow aborts an operation when it was asked for something that cannot be: an option, a setting, a project
REQUEST_CLASSES = (classes(CauseClass.CONFIG_ERROR, "AbortOperationException PluginRuntimeException"),)

# networks and file systems
NETWORK_RULES = (
    words(
        CauseClass.INTERNAL_ERROR,
        (EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION, EvidenceSource.BATCH),
        r"(?i:\b(?:stale (?:nfs )?file handle|input/output error|transport endpoint is not connected"
        r"|connection (?:reset|refused|timed out|closed)|read timed out"
        r"|remote host terminated the handshake|premature (?:eof|end)|broken pipe"
        r"|no route to host|network is unreachable|temporary failure in name resolution|too many open files"
        r"|channel closed|internal server error|bad gateway|service unavailable|gateway time-?out)\b)"
        r"|\b(?:submit response|submit failed|submit job ID)\b|\bError submitting process\b"
        r"|\bFailed to submit process\b|Unable to acquire lock on session|^Can't open cache DB",
    ),
    # what a mounted bucket says to a command
    words(
        CauseClass.INTERNAL_ERROR,
        (EvidenceSource.COMMAND,),
        r"(?i:/mnt/disks/.{0,300}: (?:stale file handle|input/output error|transport endpoint is not connected))",
    ),
    classes(
        CauseClass.INTERNAL_ERROR,
        "ConnectException SocketException SocketTimeoutException UnknownHostException NoRouteToHostException"
        " HttpTimeoutException HttpConnectTimeoutException SSLException SSLHandshakeException TransportException"
        " ClosedChannelException StatusRuntimeException GoogleJsonResponseException HttpResponseException"
        " HttpResponseLengthExceedException ProcessNonZeroExitStatusException ProcessSubmitException",
    ),
)

# states that Nextflow itself did not expect
MACHINERY_RULES = (
    classes(
        CauseClass.INTERNAL_ERROR,
        "IOException UncheckedIOException FileSystemException FileSystemLoopException ClosedFileSystemException"
        " EOFException ZipException JGitInternalException GitAPIException LockFailedException StorageException"
        " ApiException TimeoutException InterruptedException ExecutionException RejectedExecutionException"
        " CancellationException DBException BackgroundProcessingException InternalError IllegalStateException"
        " RuntimeException ProcessException VirtualMachineError UnsatisfiedLinkError LinkageError NoSuchMethodError"
        " UndeclaredThrowableException",
    ),
    words(CauseClass.INTERNAL_ERROR, (EvidenceSource.INTERNAL,), ""),
)
