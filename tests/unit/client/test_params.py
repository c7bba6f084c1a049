"""Parameters from files and options."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from sluice.errors import InputError
from sluice.params import line_of, params_in, params_of


def read(tmp_path: Path, text: str) -> dict[str, Any]:
    file = tmp_path / "params.yaml"
    file.write_text(text)
    return params_in(file)


def test_lines_have_the_values_that_yaml_gives_them(tmp_path: Path) -> None:
    text = """---
# a comment
genome: GRCh38   # the newest
aligner: 'star''s'
title: "a # \\"b\\""
cells: 5000
share: 0.25
small: 1.5e-3
skip_fastqc: true
save: False
gtf:
fasta: ~
input: gs://bucket/a#b.csv
protocol: 10XV3
"""
    assert read(tmp_path, text) == yaml.safe_load(text)


def test_json_is_read_as_json(tmp_path: Path) -> None:
    assert read(tmp_path, '{"aligner": "star", "cells": 5000}') == {"aligner": "star", "cells": 5000}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb", ":2: expected `name: value`"),
        ("a: 1\n  b: 2", ":2: expected"),
        ("a: [1, 2]", ":1: '\\[1, 2\\]' is not one plain value"),
        ("a: {b: 1}", "not one plain value"),
        ("a: |\n  text", "not one plain value"),
        ("a: &x 1", "not one plain value"),
        ("a: - b", "not one plain value"),
        ("a: yes", "true or false, or a word"),
        ("a: Off", "true or false, or a word"),
        ("a: 1\na: 2", ":2: a is there twice"),
        ('a: "\\x41"', "escape"),
        ("a: b: c", "not one plain value"),
        ('{"a": 1', "no valid JSON"),
    ],
)
def test_what_could_be_misread_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, text)


NUMBERS = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
VALUES = some.none() | some.booleans() | some.text() | NUMBERS


@given(value=VALUES)
def test_a_written_line_is_read_back(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert read(folder, line_of("name", value) + "\n") == {"name": value}


def test_options_are_read_as_lines_are() -> None:
    assert params_of(["a=1", "b=x=y", "c=", "d='yes'"]) == {"a": 1, "b": "x=y", "c": None, "d": "yes"}


@pytest.mark.parametrize("setting", ["a", "=1", "a b=1"])
def test_an_option_has_a_name_and_a_value(setting: str) -> None:
    with pytest.raises(InputError, match="expected name=value"):
        params_of([setting])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        params_in(tmp_path / "params.yaml")
