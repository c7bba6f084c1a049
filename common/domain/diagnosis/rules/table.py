"""One ordered table of all rules: the first one that fits any statement decides.

Words decide before classes, and specific ones before general ones: an exception of a class that Nextflow uses for many
things often says which of them it was. The rules of a topic are in its module.
"""

from collections.abc import Sequence

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.access import ACCESS_RULES
from common.domain.diagnosis.rules.containers import CONTAINER_RULES
from common.domain.diagnosis.rules.disk import DISK_RULES
from common.domain.diagnosis.rules.exceptions import MACHINERY_RULES, NETWORK_RULES, REQUEST_CLASSES
from common.domain.diagnosis.rules.files import INPUT_RULES, OUTPUT_RULES, PATH_RULES
from common.domain.diagnosis.rules.machines import EXIT_RULES, MACHINE_RULES, QUOTA_RULES, STATUS_RULES
from common.domain.diagnosis.rules.memory import MEMORY_RULES
from common.domain.diagnosis.rules.rule import CauseRule, EvidenceSource, Statement, words
from common.domain.diagnosis.rules.scripts import SCRIPT_CLASSES, SCRIPT_HINTS, SCRIPT_RULES
from common.domain.diagnosis.rules.settings import COMPLAINT_RULES, CONFIG_RULES, PROJECT_RULES

_FAILURES = range(1, 10**9)
_COMMAND_RULES = (
    words(CauseClass.COMMAND_FAILED, (EvidenceSource.EXIT,), "", codes=_FAILURES),
    words(
        CauseClass.COMMAND_FAILED,
        (EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION),
        r"^Essential container in task exited|\bterminated with an error exit status\b"
        r"|\bunderlying process task failed\b",
    ),
)
_LAST_RESORT = (words(CauseClass.SCRIPT_ERROR, (EvidenceSource.SCRIPT, EvidenceSource.PIPELINE), ""),)

RULES: tuple[CauseRule, ...] = (
    *OUTPUT_RULES,
    *MACHINE_RULES,
    *DISK_RULES,  # above images: their layers fill the same disk
    *CONTAINER_RULES[:1],
    *MEMORY_RULES,
    *QUOTA_RULES,
    *CONTAINER_RULES[1:],
    *ACCESS_RULES,
    *STATUS_RULES,
    *CONFIG_RULES,
    *PROJECT_RULES,
    *SCRIPT_RULES,
    *PATH_RULES,
    *INPUT_RULES,
    *SCRIPT_HINTS,
    *COMPLAINT_RULES,
    *NETWORK_RULES,
    *EXIT_RULES,
    *_COMMAND_RULES,
    *REQUEST_CLASSES,
    *SCRIPT_CLASSES,
    *MACHINERY_RULES,
    *_LAST_RESORT,
)


def proof_in(statements: Sequence[Statement], exit_code: int | None) -> tuple[CauseClass, Statement] | None:
    """The cause that `statements` prove, and the statement that proves it; None if they prove nothing."""
    for rule in RULES:
        for statement in statements:
            if rule.is_proved_by(statement, exit_code):
                return rule.cause, statement
    return None
