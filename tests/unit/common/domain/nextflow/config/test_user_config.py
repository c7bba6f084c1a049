"""Faults in a user's config have a line number."""

import pytest

from common.domain.nextflow.config.user_config import faults_in_config, warnings_in_config


@pytest.mark.parametrize("config", [None, "", "// nothing\n", "process.cpus = 2\n"])
def test_a_config_without_reserved_settings_has_no_fault(config: str | None) -> None:
    assert faults_in_config(config, field="config_content") == []


def test_reserved_settings_and_an_open_bracket_are_reported_with_their_lines() -> None:
    faults = faults_in_config("cleanup = true\nprocess {\n", field="override_config")
    assert [(fault.field, fault.row) for fault in faults] == [("override_config", 1), ("override_config", 2)]
    assert faults[0].message.startswith("sets cleanup in line 1: ")


def test_a_warning_about_a_resource_suggests_the_right_setting() -> None:
    (warning,) = warnings_in_config("\nprocess.memory = 90.GB\n", field="config_content")
    assert (warning.field, warning.row) == ("config_content", 2)
    assert warning.message.startswith("sets process.memory in line 2, ")
    assert warning.message.endswith("process { withName: STAR_ALIGN { memory = { 90.GB * task.attempt } } }")
    assert faults_in_config("process.memory = 90.GB", field="config_content") == []
    assert warnings_in_config(None, field="config_content") == []
