from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.pipelines.params import LONGEST_VALUE, RESERVED, complaint_about, validate_params
from common.domain.pipelines.pipeline import Column, Param, ParamType, PipelineVersion

RELEASE = PipelineVersion(
    pipeline="lab/counts",
    version="1.2.3",
    groups=(),
    params=(
        Param(name="genome", type=ParamType.STRING, title="Genome", group="g", required=True),
        Param(name="aligner", type=ParamType.STRING, title="Aligner", group="g", enum=("star", "alevin")),
        Param(name="length", type=ParamType.INTEGER, title="Length", group="g", minimum=1, maximum=500),
        Param(name="share", type=ParamType.NUMBER, title="Share", group="g", minimum=0),
        Param(name="skip", type=ParamType.BOOLEAN, title="Skip", group="g"),
        Param(
            name="fasta", type=ParamType.STRING, title="FASTA", group="g", pattern=r"^\S+\.fa$", expects="a .fa path"
        ),
    ),
    columns=(Column(name="expected_cells", type=ParamType.INTEGER, title="Cells"),),
)
GOOD: Mapping[str, Any] = {"genome": "GRCh38"}


def told(params: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(fault.field.removeprefix("params."), fault.message) for fault in validate_params(RELEASE, params)]


@pytest.mark.parametrize(
    "more",
    [{}, {"aligner": "star"}, {"length": 91}, {"share": 1}, {"share": 0.5}, {"skip": False}, {"fasta": "gs://b/x.fa"}],
)
def test_values_that_fit_bring_no_fault(more: Mapping[str, object]) -> None:
    assert told({**GOOD, **more}) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("length", True, "must be a whole number, not true"),
        ("length", 91.0, "must be a whole number, not 91.0"),
        ("length", "91", "must be a whole number, not '91'"),
        ("length", 0, "must be from 1 to 500, not 0"),
        ("length", 10**400, f"must be from 1 to 500, not 1{'0' * 19}"),
        ("share", -0.1, "must be at least 0, not -0.1"),
        ("share", False, "must be a number, not false"),
        ("skip", 1, "must be true or false, not 1"),
        ("skip", "true", "must be true or false, not 'true'"),
        ("aligner", "simpleaf", "must be star or alevin, not 'simpleaf'"),
        ("aligner", "Alevin", "must be star or alevin, not 'Alevin' (did you mean alevin?)"),
        ("aligner", None, "must be text, not null"),
        ("aligner", ["star"], "must be text, not a list"),
        ("aligner", {}, "must be text, not an object"),
        ("aligner", " ", "must not be empty; leave it out to keep the default"),
        ("fasta", "genome.txt", "must be a .fa path, not 'genome.txt'"),
        ("fasta", "x.fa\n", "must be one line without control characters"),
        ("fasta", "x" * LONGEST_VALUE + ".fa", "must have at most 2,000 characters"),
        ("genome", "", "must not be empty"),
        ("genome", "\ud800", "must be one line without control characters"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_to_send(name: str, value: object, message: str) -> None:
    assert told({**GOOD, name: value}) == [(name, message)]


def test_not_a_number_is_not_a_number() -> None:
    assert told({**GOOD, "share": float("nan")}) == [("share", "must be a number, not nan")]


def test_an_unknown_name_is_told_with_the_nearest_known_one() -> None:
    message = "is not a parameter that can be set for lab/counts 1.2.3 (did you mean aligner?)"
    assert told({**GOOD, "alinger": "star"}) == [("alinger", message)]


def test_a_column_of_the_sheet_is_not_mistaken_for_a_misspelt_parameter() -> None:
    message = "is a column of the samplesheet in lab/counts 1.2.3, not a parameter"
    assert told({**GOOD, "expected_cells": 5000}) == [("expected_cells", message)]


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_what_the_launch_gives_itself_is_refused(name: str) -> None:
    assert told({**GOOD, name: "anything"}) == [(name, RESERVED[name])]


def test_every_fault_is_told_at_once() -> None:
    faults = told({"aligner": 5, "length": 0, "run_id": "run-00000000"})
    assert [name for name, _ in faults] == ["aligner", "length", "run_id", "genome"]


def test_a_name_that_cannot_be_shown_is_escaped() -> None:
    assert told({**GOOD, "a\x1b[2J": 1})[0][0] == r"'a\x1b[2J'"


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([1])))
def test_any_params_can_be_judged(params: dict[str, object]) -> None:
    assert all(fault.field.startswith("params.") for fault in validate_params(RELEASE, params))


def test_an_upper_bound_alone_is_told_alone() -> None:
    param = Param(name="n", type=ParamType.NUMBER, title="N", group="g", maximum=2)
    assert complaint_about(param, 3) == "must be at most 2, not 3"
