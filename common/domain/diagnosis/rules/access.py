"""What somebody may not do: files, Google's services, repositories."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import (
    AN_ERROR,
    NO_WARNING,
    STATED,
    STATED_OR_PRINTED,
    TOLD,
    EvidenceSource,
    classes,
    words,
)

_FORBIDDEN = r"\b403 Forbidden\b"  # programs also print it when nothing is wrong

ACCESS_RULES = (
    words(
        CauseClass.PERMISSION,
        STATED_OR_PRINTED,
        r"PERMISSION_DENIED|\bUNAUTHENTICATED\b|AccessDenied|does not have [^\s.]{1,100}\.\S{1,200}"
        r" (?:access|permission)|Permission '?[\w.]{1,200}'? denied",
    ),
    words(CauseClass.PERMISSION, (*STATED, EvidenceSource.INTERNAL), r"\bAccessDeniedException\b"),
    words(CauseClass.PERMISSION, STATED, _FORBIDDEN),
    words(CauseClass.PERMISSION, (EvidenceSource.COMMAND,), rf"(?i:{AN_ERROR}.*{_FORBIDDEN})"),
    words(CauseClass.PERMISSION, (EvidenceSource.LAST_LINE,), rf"(?i:{NO_WARNING}.*{_FORBIDDEN})"),
    words(
        CauseClass.PERMISSION,
        STATED,
        r"(?i:\b(?:permission|access) denied\b|\boperation not permitted\b|\bread-only file system\b)"
        r"|(?i:\bcheck (?:the )?(?:file )?(?:syste\w{0,2} )?(?:access )?permissions?\b|you have write permissions?\b"
        r"|invalid permissions\b)|(?:^|: )(?:Forbidden|Not authorized) -- |\b(?:401 )?Unauthorized\b",
    ),
    words(CauseClass.PERMISSION, (EvidenceSource.PIPELINE,), r"(?i:\b(?:permission|access) denied\b)"),
    words(CauseClass.PERMISSION, (EvidenceSource.COMMAND,), r"Permission denied", codes=(126,)),
    classes(CauseClass.PERMISSION, "AccessDeniedException PermissionDeniedException UnauthenticatedException"),
    words(
        CauseClass.CONFIG_ERROR,
        TOLD,
        r"(?i:\bmissing (?:\w{1,30} ){0,3}(?:credentials?|access token|access key|project id)\b)",
    ),
)
