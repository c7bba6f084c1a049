"""Memory that ran out, in the words of Nextflow, of the kernel, of languages and of tools."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import (
    AN_ERROR,
    NO_WARNING,
    STATED,
    STATED_OR_PRINTED,
    EvidenceSource,
    words,
)

# Programs also print these words when nothing is wrong, so they count only in an error message or in the last line.
_OUT_OF_MEMORY = r"\bout of memory\b"

MEMORY_RULES = (
    words(
        CauseClass.OUT_OF_MEMORY,
        (*STATED_OR_PRINTED, EvidenceSource.INTERNAL, EvidenceSource.NOTED),
        r"\bOutOfMemoryError\b|\bOOMKilled\b|\boom[-_]kill|Java heap space|std::bad_alloc|\bMemoryError\b"
        r"|\bunable to create (?:new )?native thread\b|GC overhead limit exceeded"
        r"|(?i:\bcannot allocate (?:memory|vector))",
    ),
    # numpy, Rust, samtools, bwa, STAR, R, Java, Perl, SPAdes, Slurm: what could not be had is memory
    words(
        CauseClass.OUT_OF_MEMORY,
        (EvidenceSource.COMMAND, EvidenceSource.BATCH),
        rf"(?i:{NO_WARNING}.*(?:\bmemory allocation of \d{{1,30}} bytes failed"
        r"|\b(?:unable to|couldn't|could not|can't|cannot|fail(?:ed|s)? to) (?:re|m|c)?alloc(?:ate)? "
        r".{0,60}?\b(?:memory|[kmgtp]i?b|bytes|vector|array|buffer)\b"
        r"|\b(?:not enough|insufficient) (?:free |available |physical |virtual |heap |system |ram )?memory\b"
        r"|\b(?:virtual |vector |cons |heap )?memory exhausted\b"
        r"|\bmemory (?:re)?allocation (?:error|fail(?:ed|ure))|\b[mc]alloc(?:\(\))? (?:has )?fail"
        r"|\bfit into available memory\b|\bexceeded (?:job |step |the )?memory limit\b"
        r"|\blimitGenomeGenerateRAM.{0,40}too small\b|\bNative memory allocation \(\w{1,20}\) failed))",
    ),
    words(
        CauseClass.OUT_OF_MEMORY,
        (*STATED, EvidenceSource.INTERNAL, EvidenceSource.NOTED),
        rf"(?i:{_OUT_OF_MEMORY})",
    ),
    words(CauseClass.OUT_OF_MEMORY, (EvidenceSource.COMMAND,), rf"(?i:{AN_ERROR}.*{_OUT_OF_MEMORY})"),
    words(CauseClass.OUT_OF_MEMORY, (EvidenceSource.LAST_LINE,), rf"(?i:{NO_WARNING}.*{_OUT_OF_MEMORY})"),
    # the shell survived its child; a kill of the whole container would have ended both
    words(CauseClass.OUT_OF_MEMORY, (EvidenceSource.COMMAND,), r"\bKilled\b", codes=(137,)),
)
