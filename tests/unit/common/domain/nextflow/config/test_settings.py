from common.domain.nextflow.config.changes import Setting
from common.domain.nextflow.config.settings import settings_in


def test_a_setting_has_its_selectors_and_its_value() -> None:
    config = """
process {
    withName: 'STAR_ALIGN' { memory = { 64.GB * task.attempt } } // all of it
    'withLabel:process_high' { cpus = 8 }
}
profiles { docker { docker.enabled = true; process.scratch = 'a b' } }
"""
    star, label = ("withName:STAR_ALIGN",), ("withLabel:process_high",)
    assert list(settings_in(config)) == [
        Setting(line=3, path=("process", "memory"), selectors=star, value="{ 64.GB * task.attempt }"),
        Setting(line=4, path=("process", "cpus"), selectors=label, value="8"),
        Setting(line=6, path=("docker", "enabled"), value="true"),
        Setting(line=6, path=("process", "scratch"), value="'a b'"),
    ]


def test_a_value_on_the_next_line_is_left_empty() -> None:
    assert [setting.value for setting in settings_in("a.b =\n  3\n")] == [""]
