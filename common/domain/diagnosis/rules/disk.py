"""Disks without space, as the C library, Java, Python and Rust say it (ENOSPC and EDQUOT).

Google's quota of disks is a matter of quotas.
"""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import AN_ERROR, AS_REASON, NO_WARNING, EvidenceSource, words

_NO_SPACE = r"\b(?:no space left on (?:the )?device|ENOSPC)\b"
_DISK_FULL = rf"(?:{_NO_SPACE}|\b(?:disk quota exceeded|EDQUOT)\b)"

DISK_RULES = (
    words(CauseClass.DISK_FULL, (EvidenceSource.BATCH,), rf"(?i:{_NO_SPACE})"),
    words(
        CauseClass.DISK_FULL,
        (
            *(EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION, EvidenceSource.NOTED, EvidenceSource.SCRIPT),
            *(EvidenceSource.INTERNAL, EvidenceSource.LAST_LINE),
        ),
        rf"(?i:{NO_WARNING}.*{_DISK_FULL})",
    ),
    words(CauseClass.DISK_FULL, (EvidenceSource.COMMAND,), rf"(?i:{AS_REASON}{_DISK_FULL}|{AN_ERROR}.*{_DISK_FULL})"),
)
