import pytest

from common.domain.pipelines.pipeline import Column, ParamType
from common.domain.pipelines.sheet.cells import cell_rule, free_column

NAME = Column(name="sample", type=ParamType.STRING, title="", allows_blank=False, pattern=r"^\S+$", expects="one word")
READS = Column(name="fastq_2", type=ParamType.STRING, title="", pattern=r"\.f(ast)?q\.gz$", expects="a FASTQ path")
CELLS = Column(name="expected_cells", type=ParamType.INTEGER, title="", minimum=1)
SHARE = Column(name="share", type=ParamType.NUMBER, title="", minimum=0, maximum=1)
KIND = Column(name="feature_type", type=ParamType.STRING, title="", enum=("gex", "vdj"))
FLAG = Column(name="flag", type=ParamType.BOOLEAN, title="")


def problem(column: Column, cell: str, *, names_samples: bool = False) -> str | None:
    """The message for a cell, made as for a row: only if the quick test fails."""
    rule = cell_rule(column, names_samples=names_samples)
    text = cell.strip()
    return None if rule.accepts(text) else rule.problem(text)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (NAME, "donor-1"),
        (NAME, "-1"),
        (NAME, " donor1 "),
        (NAME, "Spender_für_Ü"),
        (READS, "gs://lab/a_R2.fastq.gz"),
        (READS, "a.fq.gz"),
        (READS, ""),
        (READS, "  "),
        (CELLS, "5000"),
        (CELLS, ""),
        (CELLS, " 1 "),
        (SHARE, "0.25"),
        (SHARE, "1e-3"),
        (KIND, "vdj"),
        (KIND, ""),
        (FLAG, "true"),
        (free_column("notes"), "kept at -80 °C = cold"),
        (free_column("delta"), "-5.5"),
        (free_column("delta"), "+3"),
        (free_column("notes"), "-"),
    ],
)
def test_a_valid_cell_has_no_problem(column: Column, cell: str) -> None:
    assert problem(column, cell) is None


@pytest.mark.parametrize("name", ["donor-1", "a.b_c+d=e:f@g,h%", "Spender_für_Ü", "骨髄", "5", " a "])
def test_the_name_of_a_sample_may_be_any_safe_file_name(name: str) -> None:
    assert problem(NAME, name, names_samples=True) is None


@pytest.mark.parametrize(
    ("name", "what"),
    [(f"a{mark}b", f"contains {mark!r}") for mark in "/\\$`;&|<>*?\"'(){}[]\x07\x7f\u200b\u202e\ufeff"]
    + [(name, f"begins with {name[0]!r}") for name in ("-1", ".hidden", "..", "~root", "#1")],
)
def test_the_name_of_a_sample_may_not_be_a_path_or_shell_syntax(name: str, what: str) -> None:
    assert problem(NAME, name) is None
    assert what in (problem(NAME, name, names_samples=True) or "")


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        (NAME, "", "is empty; enter a value"),
        (NAME, "donor 1", "must be one word, not 'donor 1'"),
        (READS, "a_R2.fastq", "must be a FASTQ path, not 'a_R2.fastq'"),
        (READS, "a_R2.fastq.gz.md5", "must be a FASTQ path, not 'a_R2.fastq.gz.md5'"),
        (READS, "a\nb.fastq.gz", r"'a\nb.fastq.gz' contains a line break; put it on one line"),
        (CELLS, "5,000", "must be a whole number, at least 1, written in plain digits, not '5,000'"),
        (CELLS, "5e3", "must be a whole number, at least 1, written in plain digits, not '5e3'"),
        (CELLS, "0", "must be a whole number, at least 1, written in plain digits, not '0'"),
        (
            CELLS,
            "\N{ARABIC-INDIC DIGIT FIVE}",
            "must be a whole number, at least 1, written in plain digits, not '\N{ARABIC-INDIC DIGIT FIVE}'",
        ),
        (SHARE, "2", "must be a number, from 0 to 1, written in plain digits, not '2'"),
        (KIND, "GEX", "must be gex or vdj, not 'GEX' (did you mean gex?)"),
        (FLAG, "yes", "must be true or false, not 'yes'"),
    ],
)
def test_an_invalid_cell_is_reported_with_what_to_write(column: Column, cell: str, message: str) -> None:
    assert problem(column, cell) == message


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "=HYPERLINK(1)", " =1"]
)
@pytest.mark.parametrize("column", [NAME, READS, KIND, free_column("notes")])
def test_a_cell_that_a_spreadsheet_would_evaluate_is_refused(column: Column, cell: str) -> None:
    assert (problem(column, cell) or "").endswith("begin it with a letter or a digit")


def test_a_number_outside_the_list_is_reported() -> None:
    column = Column(name="replicate", type=ParamType.INTEGER, title="", enum=("1", "2"))
    assert problem(column, "2") is None
    assert problem(column, "7") == "must be 1 or 2, not '7'"


def test_a_very_long_text_is_refused_before_its_pattern_is_tried() -> None:
    column = Column(name="path", type=ParamType.STRING, title="", pattern=r"\S+\.fq\.gz$", expects="a path")
    assert problem(column, "a" * 500_000) == "must have at most 2,000 characters"
