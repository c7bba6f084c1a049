import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.batch.launch_config import ChildJobSettings, launch_config
from common.domain.nextflow.config.reserved_settings import MOST_FINDINGS, RESERVED, reserved_settings_in
from common.domain.nextflow.config.user_config import faults_in_config, warnings_in_config
from tests.support.doubling import assert_linear

HARMLESS = """
// process.executor = 'local' is only a remark
/* workDir = '/tmp'
   trace { enabled = true } */
params {
    genome = 'GRCh38'
    email = "executor = 'local'"
    note = '''
workDir = '/tmp'
'''
}
process {
    cpus = 4
    memory = { 6.GB * task.attempt }
    errorStrategy = { task.exitStatus in [104, *(130..145)] ? 'retry' : 'finish' }
    maxRetries = 2
    ext.args = '--trace.file x'
    withName: 'STAR_ALIGN|.*:SIMPLEAF_QUANT' {
        memory = 72.GB
        ext.args = { ["--outdir x", "executor = 'x'"].join(' ') }
    }
    withLabel:process_high { cpus = 12; time = 8.h }
}
google { batch { spot = true; maxSpotAttempts = 3 } }
docker.runOptions = '-u $(id -u)'
def check_max(obj, type) { return obj }
env { TMPDIR = '/tmp' }
executor.queueSize = 100
plugins { id 'nf-schema@2.0.0' }
"""


# Other ways to make a reserved setting, each with the first finding.
INDIRECT = {
    "if (a) { includeConfig 'x.config' }": "includeConfig",
    "if (a) includeConfig 'x.config'": "includeConfig",
    "x = includeConfig('x.config')": "includeConfig",
    "includeConfig('x.config')": "includeConfig",
    "this.includeConfig 'x.config'": "includeConfig",
    "this.'includeConfig'('x.config')": "includeConfig",
    "x = { includeConfig 'x.config' }()": "includeConfig",
    "x = \"${includeConfig('x.config')}\"": "includeConfig",
    "process.with { executor = 'local' }": "process.with()",
    "this.process.with { executor = 'local' }": "process.with()",
    "process { with { executor = 'local' } }": "with()",
    "process.tap { it.executor = 'local' }": "process.tap()",
    "process.put('executor', 'local')": "process.put()",
    "process.putAt('executor', 'local')": "process.putAt()",
    "process.putAll([executor: 'local'])": "process.putAll()",
    "process << [executor: 'local']": "process.leftShift()",
    "google.batch.put('network', 'x')": "google.batch.put()",
    "trace.put('enabled', false)": "trace.put()",
    "this.setProperty('workDir', '/tmp')": "setProperty()",
    "getProperty('process').executor = 'local'": "getProperty()",
    "process += [executor: 'local']": "process",
    "def p = process\np.executor = 'local'": "process",
    "[process].each { it.cpus = 1 }": "process",
    "f(process)": "process",
    "x = process.executor = 'local'": "process.executor",
    "x = (process.executor = 'local')": "process.executor",
    "x = { process.executor = 'local' }()": "process.executor",
    "x = \"${process.executor = 'local'}\"": "process.executor",
    "def f() { process.executor = 'local' }": "process.executor",
    "if (a) process.executor = 'local'": "process.executor",
    "if (a) { b = 1 } else workDir = '/tmp'": "workDir",
    "env { process.executor = 'local' }": "process.executor",
    "(process).executor = 'local'": "process.executor",
    "((process)).executor = 'local'": "process",
    "process?.executor = 'local'": "process.executor",
    "process.@executor = 'local'": "process.executor",
    "process.executor += 'local'": "process.executor",
    "p.executor = 'local'": "p.executor",
    "process['exec' + 'utor'] = 'local'": "process.…",
    "process.\"${a}\" = 'local'": "process.…",
    "this['work' + 'Dir'] = 'x'": "…",
    "process.\\u0065xecutor = 'local'": "\\u0065",
    "process.'\\u0065xecutor' = 'local'": "process.executor",
    "a{" * 101 + "process.executor = 'local'": "blocks",
    "[" * 101: "blocks",
    # a text in slashes, or code in a text, has quotes and comments of its own
    "x = /'/; includeConfig 'a'; y = /'/": "includeConfig",
    "x = ~/\"/; includeConfig 'a'; y = ~/\"/": "includeConfig",
    "x = $/ // /$ ; includeConfig 'a'": "includeConfig",
    "x = $/ /* /$ ; includeConfig 'a' ; y = $/ */ /$": "includeConfig",
    "x = \"${'\"'}\" ; includeConfig 'a' ; y = \"${'\"'}\"": "includeConfig",
    'x = """${\'"""\'}""" ; workDir = 1 ; y = """${\'"""\'}"""': "workDir",
    "/includeConfig/('a')": "includeConfig",
    "this.$/includeConfig/$('a')": "includeConfig",
    # characters of a name that are written otherwise
    r"'\151ncludeConfig'('a')": "includeConfig",
    "\"include\\\nConfig\"('a')": "includeConfig",
    r"process.'ex\145cutor' = 'local'": "process.executor",
    # names that are computed
    "\"${'include'}Config\"('a')": "…()",
    "this.\"include${'Config'}\" 'a'": "…()",
    "m = 'include'; this.\"${m}Config\"('a')": "…()",
    "this.('include' + 'Config')('a')": "…()",
    "def f = this.&\"${m}\"; f('a')": "…()",
    "this.('work' + 'Dir') = '/tmp'": "…",
    "(workDir, x) = ['/tmp', 1]": "…",
    # what reaches every method and setting
    "metaClass.invokeMethod(this, 'include' + 'Config', 'a')": "metaClass()",
    "org.codehaus.groovy.runtime.InvokerHelper.invokeMethod(this, m, 'a')": "InvokerHelper()",
    "this.class.getMethod(m).invoke(this)": "class()",
    "getClass().methods.find { it.name == m }.invoke(this)": "getClass()",
    "Eval.x(this, m)": "Eval()",
    "new GroovyShell().evaluate(m)": "GroovyShell()",
    "binding.setVariable('work' + 'Dir', '/tmp')": "setVariable()",
    "def c = this; c.workDir = '/tmp'": "this",
    "[this].each { it.workDir = '/tmp' }": "this",
}
NOT_RESERVED = [
    "def trace = 1",
    "process { ext.args = { def report = meta.x; report ? 'a' : 'b' } }",
    "params.genomes.each { k, v -> println k }",
    "process { publishDir = [path: { \"${params.outdir}/x\" }, saveAs: { f -> f.equals('a') ? null : f }] }",
    "process.cpus = process.containsKey('x') ? 1 : 2",
    "process { withName: '.*:A' { time = { check_max(1.h * task.attempt, 'time') } } }",
    "executor { queueSize = 10\n $local { cpus = 2 } }",
    "process {\n withLabel: process {\n cpus = 1 }\n}",
    "params { process = 'x' }",
    "x = [process: 1, google: 2]",
    "x = a != b && c <= d && e == process.cpus",
    "process.memory = 64.GB / 2 / n",
    "x = (a + b) / 2; y = c[1] / 'workDir = 1'.size()",
    'process { withName: ".*:${params.step}" { cpus = 4 } }',
    'ext.args = { "--x ${meta.single ? "workDir = 1" : "b"}" }',
    'ext.prefix = { "${a}" ? \'b\' : "${c}" }',
    "x = [\"$a\", 'b']; log.\"$level\"('x')",
    "params { class = 'x' }; y = [class: 'x']; z = a.class.name",
    "def (a, b) = [1, 2]; f(a, b)",
    "process.time = ~/includeConfig 'a'/",
]
DOUBLED = [
    *"{([}])'\"=\n-",
    "a{", "a.", "a = ", "a{b=1\n", "x=a ", "'''", "/*", "a b ", "a{a b c d e f g h i j k\n",
    "process.", "process = ", "${", '"${', '"${a = ', "a[", "a['", "\\u0065", "process.executor = 1\n",
    "memory = 1 ", "a<<", "this.",
    "= /", "= \\/", "$/", "$/ ", "\"${'", '"""${', "/${", "x = /'/\n", "(a, b) = ", "this.('a')(", "'\\151",
    "process.memory = 1" + " " * 3000 + "!\n", "(((a))).", "if(", "withName:x{", "process{withName:a{",
]  # fmt: skip


def found_in(config: str) -> list[tuple[int, str]]:
    return [(line, setting) for line, setting, _ in reserved_settings_in(config)]


def test_a_config_without_reserved_settings_has_no_findings() -> None:
    assert found_in(HARMLESS) == []


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        ("process.executor = 'local'", "process.executor"),
        ("process { executor = 'local' }", "process.executor"),
        ("process {\n  withName: 'STAR.*' {\n    executor = 'local'\n  }\n}", "process.executor"),
        ("process { withLabel:process_high { resourceLabels = [a: 'b'] } }", "process.resourceLabels"),
        ("process.$align.executor = 'local'", "process.executor"),
        ("process.'withName:ALIGN'.executor = 'local'", "process.executor"),
        ("process { 'withLabel:big' {\n resourceLabels = [a: 'b'] } }", "process.resourceLabels"),
        ("process { 'withName:ALIGN' = [executor: 'local'] }", "process"),
        ("profiles { docker { process.executor = 'local' } }", "process.executor"),
        ("profiles { 'my lab' { process { executor = 'local' } } }", "process.executor"),
        ("this.process.executor = 'local'", "process.executor"),
        ("process.'executor' = 'local'", "process.executor"),
        ("process['executor'] = 'local'", "process.executor"),
        ("process = [executor: 'local']", "process"),
        ("google.batch = [network: 'x']", "google.batch"),
        ("google { batch { serviceAccountEmail = 'root@lab' } }", "google.batch.serviceAccountEmail"),
        ("workDir = 's3://elsewhere'", "workDir"),
        ("trace.enabled = false", "trace.enabled"),
        ("trace {\n  fields = 'name'\n}", "trace.fields"),
        ("report { file = 'x' }", "report.file"),
        ("params.outdir = '/tmp'", "params.outdir"),
        ("params { input = 'x.csv' }", "params.input"),
        ("if (params.local) { process.executor = 'local' }", "process.executor"),
        ("if (a) {\n} else {\n  cleanup = true\n}", "cleanup"),
        ("cpus = 1; workDir='/tmp'", "workDir"),
        ("workDir \\\n = '/tmp'", "workDir"),
        ("includeConfig 'https://lab.example/site.config'", "includeConfig"),
        ('profiles { lab { includeConfig "x.config" } }', "includeConfig"),
    ],
)
def test_a_reserved_setting_is_found_in_every_notation(config: str, setting: str) -> None:
    assert [found for _, found in found_in(config)] == [setting]


@pytest.mark.parametrize(("config", "name"), INDIRECT.items())
def test_a_reserved_setting_is_found_or_refused_in_indirect_notations(config: str, name: str) -> None:
    assert found_in(config)[0][1] == name


@pytest.mark.parametrize("config", NOT_RESERVED)
def test_code_that_changes_no_reserved_setting_is_accepted(config: str) -> None:
    assert found_in(config) == []


def test_each_finding_has_its_line_and_advice() -> None:
    (first, second) = reserved_settings_in("// mine\nprocess {\n  cpus = 2\n  executor = 'local'\n}\nworkDir = '/x'\n")
    assert (first.line, first.setting) == (4, "process.executor")
    assert first.advice.endswith("remove the line")
    assert (second.line, second.setting) == (6, "workDir")


def test_every_setting_of_sluice_config_is_reserved() -> None:
    assert {
        setting
        for _, setting in found_in(
            launch_config(
                "run-1a2b3c4d",
                ChildJobSettings(project="p", location="l", service_account="s", network="n", subnetwork="w"),
            )
        )
    } >= {"process.executor", "process.resourceLabels", "google.batch.network", "trace.fields", "report.overwrite"}


def test_replacing_a_scope_with_a_reserved_setting_is_reported() -> None:
    (found,) = reserved_settings_in("process = [cpus: 2]")
    assert found.advice == "this also replaces process.executor, which Sluice sets; make the other settings one by one"


def test_findings_are_limited() -> None:
    assert len(reserved_settings_in("workDir = 1\n" * 100)) == MOST_FINDINGS


def test_a_config_of_too_many_names_is_refused_with_the_line_where_the_rest_begins() -> None:
    (fault,) = faults_in_config("a.b = 1\n" * 5_001, field="config_content")
    assert fault.row == 5_001
    assert fault.message == (
        "holds name 10,001 in line 5001: a config may hold 10,000 names; leave out what this run does not need"
    )
    assert faults_in_config("a.b = 1\n" * 5_000, field="config_content") == []


PIECES = [*"{}[]()'\"=.;:$/*\\\n #", *RESERVED, "process", "withName", "profiles", "x"]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_any_text_can_be_read(config: str) -> None:
    lines = [line for line, _ in found_in(config)]
    assert lines == sorted(lines)
    assert all(1 <= line <= config.count("\n") + 1 for line in lines)


@pytest.mark.parametrize("unit", DOUBLED)
def test_the_time_of_reading_grows_with_the_length(unit: str) -> None:
    assert_linear(lambda text: (faults_in_config(text, field="f"), warnings_in_config(text, field="f")), unit)
