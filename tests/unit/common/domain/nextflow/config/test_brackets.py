"""A config that was cut off is found before a head job starts; a complete one has no fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.config.brackets import unclosed_in


@pytest.mark.parametrize(
    ("config", "line", "message"),
    [
        ("process {\n  cpus = 2\n", 1, "the bracket { in line 1 is not closed"),
        ("process {\n  withName: A {\n  }\n", 1, "the bracket { in line 1 is not closed"),
        ("}{", 1, "the bracket } in line 1 has no opening bracket"),
        ("a = [1, 2)\n", 1, "the bracket ) in line 1 does not close the [ in line 1"),
        ("process {\n  ext.args = [a: 1\n}\n", 3, "the bracket } in line 3 does not close the [ in line 2"),
        ("params.x = 'abc\nprocess.cpus = 2\n", 1, "the quote ' in line 1 is not closed"),
        ("\nx = '\n", 2, "the quote ' in line 2 is not closed"),
        ('x = """\nabc\n', 1, 'the quote " in line 1 is not closed'),
        ("/* { */ // {\nprocess { cpus = 2", 2, "the bracket { in line 2 is not closed"),
        ("x = ~/'{/\nprocess {", 2, "the bracket { in line 2 is not closed"),
        ('x = "${a ? "(" : \'{\'}"\nprocess {', 2, "the bracket { in line 2 is not closed"),
    ],
)
def test_an_open_bracket_or_quote_is_reported_with_its_line(config: str, line: int, message: str) -> None:
    assert unclosed_in(config) == (line, message)


@pytest.mark.parametrize(
    "config",
    [
        "",
        "process { cpus = 2 }\n",
        "// process {\n/* ( */\n",
        "x = '}{' + \"[(\" + '''\n{\n'''\n",
        'ext.args = { "--x ${meta.id} ${a ? "b" : "c"}" }\n',
        'x = "${a.replace("(", "")}"\n',
        'x = "${a.tokenize("(")[0]}"\n',
        'publishDir = [saveAs: { fn -> "${fn.replaceAll("[(]", "")}" }]\n',
        'ext.args = { "${task.cpus > 1 ? "--opt \\"a b\\"" : \'\'}" }\n',
        'ext.prefix = { "${meta.ids.collect { "it\'s $it" }.join("-")}" }\n',
        'ext.args = { "a ${b ? \'x\' : "y)"} (z" }\n',
        "x = '''a\\'''b'''\n",
        'x = """he said \\""" ok"""\n',
        "process { withName: /A{2}(/ { cpus = 2 } }\n",
        "x = /it's/\ny = ~/a{2}b'/\n",
        "x = $/ ' { /$\n",
    ],
)
def test_a_closed_or_uncheckable_config_has_no_fault(config: str) -> None:
    assert unclosed_in(config) is None


@given(st.text() | st.text("{}[]()'\"/\n a="))
def test_any_text_can_be_checked(config: str) -> None:
    found = unclosed_in(config)
    assert found is None or 1 <= found.line <= config.count("\n") + 1
