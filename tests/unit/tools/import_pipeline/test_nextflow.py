"""What is read from a pipeline's nextflow.config about Nextflow itself."""

import pytest

from tools.import_pipeline.nextflow import fits, must_fit, read_launch_needs

OLD = """
params { custom_config_base = "https://configs.example/${params.custom_config_version}" } // nf-core's
includeConfig 'conf/base.config'
try {
    includeConfig "${params.custom_config_base}/nfcore_custom.config"
} catch (Exception e) {
    System.err.println("WARNING")
}
plugins {
    id 'nf-validation@1.1.4' // id 'nf-old@0.1.0'
}
manifest {
    name            = 'nf-core/scrnaseq'
    nextflowVersion = '!>=23.04.0'
}
def check_max(obj, type) { if (type == 'memory') { return obj } }
"""
NEW = """
params { custom_config_base = 'https://configs.example' }
includeConfig !System.getenv('NXF_OFFLINE') && params.custom_config_base ? "${params.custom_config_base}/x" : "/none"
process {
    memory = { def wanted = 6.GB; if (task.attempt > 1) { wanted * 2 } else { wanted } }
    withName: 'A' { ext.args = [ { params.x ? '--x' : '' }, "if (x) {" ] }
}
/* def x = 1 */
plugins { id "nf-schema@2.3.0"; id('nf-prov@1.4.0') }
manifest.nextflowVersion = ">=24.04.2"
"""


def test_an_old_release_needs_the_old_parser_and_a_folder_of_site_configs() -> None:
    needs, _notes = read_launch_needs(OLD, "c")
    assert (needs.nextflow, needs.plugins, needs.commit) == ("!>=23.04.0", ("nf-validation@1.1.4",), "c")
    assert (needs.parser, needs.reads_site_configs) == ("v1", True)


def test_a_new_release_needs_neither() -> None:
    needs, notes = read_launch_needs(NEW, "c")
    assert (needs.nextflow, needs.plugins) == (">=24.04.2", ("nf-schema@2.3.0", "nf-prov@1.4.0"))
    assert (needs.parser, needs.reads_site_configs, notes) == ("", False, [])


@pytest.mark.parametrize(
    "statement",
    ["def x = new Date()", "if (params.x) { y = 1 }", "import java.util.Date", "x = 1; for (i in 1..2) { y = i }"],
)
def test_a_statement_in_any_config_needs_the_old_parser(statement: str) -> None:
    assert read_launch_needs(NEW + statement, "c")[0].parser == "v1"
    assert read_launch_needs(NEW, "c", ["process.cpus = 1", statement])[0].parser == "v1"


@pytest.mark.parametrize(
    "value", ["define = 1", "process.when = { try { 1 } catch (all) { 2 } }", "text = 'def x = 1'", "a.if = 1"]
)
def test_what_only_looks_like_a_statement_does_not(value: str) -> None:
    assert read_launch_needs(value, "c")[0].parser == ""


def test_a_plugin_without_a_version_and_an_unknown_commit_are_noted() -> None:
    needs, notes = read_launch_needs("plugins { id 'nf-prov' }", "")
    assert needs.plugins == ()
    assert [note.partition(",")[0] for note in notes] == [
        "the plugin nf-prov has no version",
        "the checkout is not a git clone",
    ]


@pytest.mark.parametrize(
    ("constraint", "fitting"),
    [
        ("!>=23.04.0", True), (">=23.04", True), (">=25.10.4", True), (">25.10.4", False), ("!>=26.04.0", False),
        ("25.10.4", True), ("=25.10.3", False), ("<26", True), (">=22.10, <25", False), ("<>25.10.4", False),
        ("25.10+", True), ("25.+", True), ("24.+", False), ("25.11+", False), ("", True), (" ! >= 23.4 ", True),
        ("!=25.10.4", True),  # the mark, then =25.10.4
    ],
)  # fmt: skip
def test_a_version_is_compared_as_nextflow_does(constraint: str, fitting: bool) -> None:
    assert fits("25.10.4", constraint) is fitting


@pytest.mark.parametrize("constraint", ["at least 3", ">=25.10+", "~> 24"])
def test_what_is_no_constraint_is_refused(constraint: str) -> None:
    with pytest.raises(ValueError, match="is not a condition"):
        fits("25.10.4", constraint)


def test_only_a_constraint_with_a_mark_keeps_a_pipeline_from_starting() -> None:
    assert must_fit("!>=26.04.0")
    assert not must_fit(">=26.04.0")
