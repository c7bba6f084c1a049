"""A resource for all processes is overridden by the pipeline's labels; one for a named process is not."""

import pytest

from common.domain.nextflow.config.weak_settings import weak_settings_in


@pytest.mark.parametrize(
    ("config", "form"),
    [
        ("process.memory = 90.GB", "memory = { 90.GB * task.attempt }"),
        ("process { memory = '90 GB' }", "memory = { 90.GB * task.attempt }"),
        ('process {\n  memory = "90GB" // more\n}\n', "memory = { 90.GB * task.attempt }"),
        ("process { memory = { 90.GB * task.attempt } }", "memory = { 90.GB * task.attempt }"),
        ("process.memory = { check(90.GB) }", "memory = { check(90.GB) }"),
        ("process.memory = params.memory", "memory = params.memory"),
        ("process.memory =\n  90.GB", "memory = { 64.GB * task.attempt }"),
        ("process.cpus = 16", "cpus = 16"),
        ("process { cpus = { 2 * task.attempt } }", "cpus = { 2 * task.attempt }"),
        ("process.time = 12.h", "time = { 12.h * task.attempt }"),
        ("process.time = '1.5 days'", "time = { 1.5.days * task.attempt }"),
        ("process.disk = 1.TB; process.maxRetries = 3", "disk = { 1.TB * task.attempt }"),
        ("profiles { docker { process.memory = 8.GB } }", "memory = { 8.GB * task.attempt }"),
        ("process { if (x) { memory = 8.GB } }", "memory = { 8.GB * task.attempt }"),
    ],
)
def test_a_resource_for_all_processes_is_found_with_the_right_form(config: str, form: str) -> None:
    (found,) = weak_settings_in(config)
    assert found.right_form == f"process {{ withName: STAR_ALIGN {{ {form} }} }}"


@pytest.mark.parametrize(
    "config",
    [
        "process { withName: STAR_ALIGN { memory = 90.GB } }",
        "process { withName: '.*:STAR_ALIGN' { memory = { 90.GB * task.attempt }; cpus = 8 } }",
        "process { withLabel: process_high { memory = 90.GB } }",
        "process.'withName:STAR_ALIGN'.memory = 90.GB",
        "process { 'withLabel:process_high' { cpus = 2 } }",
        "process.resourceLimits = [memory: 90.GB, cpus: 4]",
        "process.errorStrategy = { task.memory = 3 }",
        "params.memory = 3\nmemory = 4\n// process.memory = 90.GB\n",
        "process.ext.memory = '90.GB'",
    ],
)
def test_other_settings_are_not_found(config: str) -> None:
    assert list(weak_settings_in(config)) == []


def test_settings_are_found_with_their_names_and_lines() -> None:
    config = "process {\n  cpus = 2\n  withName: A { cpus = 3 }\n  memory = 1.GB\n}\n"
    assert [(found.line, found.name) for found in weak_settings_in(config)] == [
        (2, "process.cpus"),
        (4, "process.memory"),
    ]
