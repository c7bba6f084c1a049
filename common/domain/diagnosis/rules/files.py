"""Inputs and outputs: files that a process should have made, and files that somebody named but are not there."""

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import STATED, TOLD, EvidenceSource, classes, words

_REPORTED = (EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION)
_AT_START = r"(?:^|\]: |Exception: )"  # of a report's cause, of a failed attempt, or of an exception

# declared as output: path, env, eval, stdout, val; and a number of files (TaskOutputResolver, TaskProcessor)
OUTPUT_RULES = (
    words(
        CauseClass.MISSING_OUTPUT,
        _REPORTED,
        rf"{_AT_START}(?:Missing (?:output file\(|output file\b(?! name)|value declared as output|output value"
        r"|environment variable: |result of eval command|'stdout')|Unable to evaluate output"
        r"|Incorrect number of output files|Process output file '.{0,300}' in `.{0,200}` yielded)",
    ),
    classes(CauseClass.MISSING_OUTPUT, "MissingFileException ProcessEvalException"),
)

INPUT_RULES = (
    words(
        CauseClass.MISSING_INPUT,
        TOLD,
        r"Can't stage file|Unable to stage (?:foreign )?file|No such file or directory|NoSuchFileException"
        r"|FileNotFoundException"
        r"|(?i:\b(?:file|folder|directory|path)\b.{0,500}\bdoes(?: not|n't) exist\b"
        r"|\b(?:can't|cannot|can not|could not|couldn't|unable to|did not|didn't) find (?:any )?(?:\S{1,60} ){0,5}?"
        r"['\"`*]?(?:files?|reads?|fastqs?|samples?|images?|input)\b"
        r"|\bno (?:\S{1,40} ){0,4}?(?:files?|reads|fastqs?|samples|input|inputs|images) (?:\w{1,20} ){0,3}?"
        r"(?:found|match(?:es|ing|ed)?|in|at|under|were)\b"
        r"|\bfiles? not found\b|\bno files match pattern\b)",
    ),
    classes(CauseClass.MISSING_INPUT, "NoSuchFileException FileNotFoundException ProcessStageException"),
)

# folders that lie below a file, names that are taken
PATH_RULES = (
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"(?i:: (?:not a directory|is a directory|file exists|file name too long)$|\bfile with the same name already"
        r"|\bfile already exists: )",
    ),
    classes(
        CauseClass.CONFIG_ERROR,
        "FileAlreadyExistsException NotDirectoryException DirectoryNotEmptyException InvalidPathException",
    ),
)
