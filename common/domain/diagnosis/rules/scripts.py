"""Faults in the pipeline's own code: what the compiler, the operators and the process definitions refuse."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import STATED, EvidenceSource, classes, words

SCRIPT_RULES = (
    words(CauseClass.SCRIPT_ERROR, STATED, r"@ line \d{1,9}, column \d"),  # the compiler's own line, above its heading
    words(
        CauseClass.SCRIPT_ERROR,
        STATED,
        r"\bScript compilation (?:error|failed)\b|\bModule compilation (?:error|failed)\b|Cannot find script file"
        r"|Not a valid project name|Missing process or function|No signature of method"
        r"|(?:Unknown|No such) (?:variable|property)|Cannot (?:get property|invoke method|set (?:readonly )?property"
        r"|cast object)|Process clause `|input file name collision|-- Check script|script contains error",
    ),
    # 'workflow' definitions, calls of processes and workflows
    words(
        CauseClass.SCRIPT_ERROR,
        STATED,
        r"contain any 'workflow' definition|\bNo entry workflow\b|\bdeclares \S{1,9} inputs?\b"
        r"|\bdeclares \S{1,9} input channels?\b|\bexpects \S{1,9} input channel|\bNot a valid path value\b"
        r"|\bPath value cannot\b|\binput at index \S{1,9} \b|\b(?:matching )?module file for include\b"
        r"|\bmodule (?:script|path|metadata|bundle|schema|spec|reference)\b|\bModule (?:script|spec|\S{1,60} has no)"
        r"|\bcheck (?:operator|module|template file)\b|\bMissing `from\w{1,20}`"
        r"|\b(?:is|are) not (?:allowed|supported) (?:in|within|by) |\bmust be defined (?:before|after)\b"
        r"|\bCannot emit\b|\bMissing workflow output\b|\boutside the scope of the process work directory\b"
        r"|\bIncorrect number of input files\b|\bUnexpected output\b|\bmissing template name\b"
        r"|\bcan't find template file\b"
        r"|\bStatic typing requires\b",
    ),
    words(CauseClass.SCRIPT_ERROR, (EvidenceSource.SOURCE,), r"\S"),
)

# the vocabulary of scripts, in messages that no other rule knows
SCRIPT_HINTS = (
    words(
        CauseClass.SCRIPT_ERROR,
        (EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION),
        r"(?i:\b(?:workflow|process) (?:output|input|invocation|definition|body|script|block)s?\b"
        r"|\b(?:operator|operation|extension|closure|splitter|operand)\b|\binclude (?:statement|declaration)\b"
        r"|\b(?:source|input|output|target|operator) channels?\b|\bchannel (?:type|object)\b|\bin input parameter\b"
        r"|\bin output parameter\b|\b(?:input|output) (?:parameter|param|declaration|name)\b"
        r"|\boutput (?:environment|eval) name\b)|\bMissing task body\b|\bmodule value\b"
        r"|\bUnable to find module script\b"
        r"|\b(?:CSV|JSON) (?:value|file|content|to be|token)\b|\bto CSV\b"
        r"|\bMissing secret (?:name|value)\b|\bdoesn't support dynamic value\b|\bMissing prompt in agent\b",
    ),
)

# Nextflow's and Groovy's exceptions that only the code of a pipeline, or of its configuration, can raise
SCRIPT_CLASSES = (
    classes(
        CauseClass.SCRIPT_ERROR,
        "ScriptCompilationException ScriptRuntimeException MultipleCompilationErrorsException"
        " CompilationFailedException"
        " IllegalModulePathException DuplicateModuleFunctionException DuplicateModuleIncludeException"
        " DuplicateProcessInvocation DuplicateProcessInvocationException DuplicateChannelNameException"
        " MissingProcessException MissingModuleComponentException IllegalInvocationException IllegalArityException"
        " IllegalFileException IllegalAccessException ProcessTemplateException FailedGuardException"
        " MissingValueException MissingMethodException MissingPropertyException MissingFieldException"
        " ReadOnlyPropertyException MissingClassException GroovyRuntimeException GroovyCastException"
        " ClassCastException PowerAssertionError AssertionError InvokerInvocationException SyntaxException"
        " MissingLibraryException ProcessUnrecoverableException UnsupportedOperationException ArithmeticException"
        " NumberFormatException IndexOutOfBoundsException ArrayIndexOutOfBoundsException"
        " StringIndexOutOfBoundsException NoSuchElementException NullPointerException PatternSyntaxException"
        " DateTimeParseException UnsupportedTemporalTypeException ConcurrentModificationException"
        " NegativeArraySizeException IllegalArgumentException JsonException"
        " ClassNotFoundException NoClassDefFoundError ExceptionInInitializerError StackOverflowError",
    ),
)
