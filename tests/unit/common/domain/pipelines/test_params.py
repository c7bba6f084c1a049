from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.pipelines.params import (
    LONGEST_VALUE,
    RESERVED,
    fill_values,
    param_problem,
    resolve_params,
    validate_params,
)
from common.domain.pipelines.pipeline import Column, Param, ParamType, PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.text.wording import MOST_GUESSES

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


def problems(params: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(fault.field.removeprefix("params."), fault.message) for fault in validate_params(RELEASE, params)]


@pytest.mark.parametrize(
    "more",
    [{}, {"aligner": "star"}, {"length": 91}, {"share": 1}, {"share": 0.5}, {"skip": False}, {"fasta": "gs://b/x.fa"}],
)
def test_valid_values_have_no_fault(more: Mapping[str, object]) -> None:
    assert problems({**GOOD, **more}) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("length", True, "must be a whole number, not true"),
        ("length", 91.5, "must be a whole number, not 91.5"),
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
        ("fasta", "genome.txt", "must be a .fa path, not 'genome.txt'"),
        ("fasta", "x.fa\n", "must be one line without control characters"),
        ("fasta", "x" * LONGEST_VALUE + ".fa", "must have at most 2,000 characters"),
        ("genome", "", "is required"),
        ("genome", "\ud800", "must be one line without control characters"),
    ],
)
def test_an_invalid_value_is_reported_with_what_to_send(name: str, value: object, message: str) -> None:
    assert problems({**GOOD, name: value}) == [(name, message)]


def test_nan_is_not_a_number() -> None:
    assert problems({**GOOD, "share": float("nan")}) == [("share", "must be a number, not nan")]


def test_an_unknown_name_is_reported_with_the_nearest_known_one() -> None:
    message = "is not a parameter that can be set for lab/counts 1.2.3 (did you mean aligner?)"
    assert problems({**GOOD, "alinger": "star"}) == [("alinger", message)]


def test_a_column_of_the_sheet_is_not_called_a_misspelt_parameter() -> None:
    message = "is a column of the samplesheet in lab/counts 1.2.3, not a parameter"
    assert problems({**GOOD, "expected_cells": 5000}) == [("expected_cells", message)]


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_parameter_that_sluice_sets_is_refused(name: str) -> None:
    assert problems({**GOOD, name: "anything"}) == [(name, RESERVED[name])]


def test_all_faults_are_reported_at_once() -> None:
    faults = problems({"aligner": 5, "length": 0, "run_id": "run-00000000"})
    assert [name for name, _ in faults] == ["aligner", "length", "run_id", "genome"]


def test_an_unprintable_name_is_escaped() -> None:
    assert problems({**GOOD, "a\x1b[2J": 1})[0][0] == r"'a\x1b[2J'"


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([1])))
def test_any_params_can_be_validated(params: dict[str, object]) -> None:
    assert all(fault.field.startswith("params.") for fault in validate_params(RELEASE, params))


def test_an_upper_limit_without_a_lower_one_is_reported_alone() -> None:
    param = Param(name="n", type=ParamType.NUMBER, title="N", group="g", maximum=2)
    assert param_problem(param, 3) == "must be at most 2, not 3"


def test_rules_that_span_parameters_see_defaults_and_what_sluice_sets() -> None:
    seen: list[Mapping[str, object]] = []

    def check(values: Mapping[str, object]) -> Iterator[tuple[str | None, str]]:
        seen.append(values)
        yield "aligner", "is required with genome"
        yield None, "this combination is not allowed"

    default = replace(RELEASE.params[2], default=91)
    version = replace(RELEASE, params=(*RELEASE.params[:2], default, *RELEASE.params[3:]), check_params=check)
    assert [(fault.field, fault.message) for fault in validate_params(version, GOOD)] == [
        ("params.aligner", "is required with genome"),
        ("params", "this combination is not allowed"),
    ]
    assert seen == [{"length": 91, "input": "samplesheet.csv", "outdir": "results", "genome": "GRCh38"}]


def test_rules_that_span_parameters_wait_until_each_value_fits() -> None:
    version = replace(RELEASE, check_params=lambda _: [(None, "is wrong again")])
    assert [fault.field for fault in validate_params(version, {**GOOD, "length": 0})] == ["params.length"]


FILLING = PipelineVersion(
    pipeline="lab/counts",
    version="1.2.3",
    groups=(),
    params=(
        Param(name="aligner", type=ParamType.STRING, title="", group="g", enum=("alevin",), aliases={"new": "alevin"}),
        Param(name="cells", type=ParamType.INTEGER, title="", group="g", fills="expected_cells"),
        Param(name="length", type=ParamType.INTEGER, title="", group="g"),
    ),
    columns=(Column(name="expected_cells", type=ParamType.INTEGER, title=""),),
)


def test_an_alias_of_a_value_becomes_the_value_that_the_release_knows() -> None:
    assert resolve_params(FILLING, {"aligner": "new", "length": 5}) == {"aligner": "alevin", "length": 5}
    assert resolve_params(FILLING, {"aligner": "alevin"}) == {"aligner": "alevin"}


def test_a_parameter_that_fills_the_sheet_is_not_passed_to_the_pipeline() -> None:
    assert resolve_params(FILLING, {"cells": 900}) == {}
    assert fill_values(FILLING, {"cells": 900}) == {"expected_cells": "900"}
    assert fill_values(FILLING, {"length": 1, "unknown": 2}) == {}


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        (ParamType.BOOLEAN, True, "true"),
        (ParamType.BOOLEAN, False, "false"),
        (ParamType.NUMBER, 0.00001, "0.00001"),
        (ParamType.NUMBER, 1e22, "10000000000000000000000"),
        (ParamType.NUMBER, 2.5, "2.5"),
        (ParamType.NUMBER, 3.0, "3"),
        (ParamType.INTEGER, 900, "900"),
        (ParamType.STRING, "True", "True"),
    ],
)
def test_a_parameter_fills_a_cell_with_a_value_that_the_column_accepts(
    kind: ParamType, value: object, cell: str
) -> None:
    release = replace(
        FILLING,
        params=(Param(name="filler", type=kind, title="", group="g", fills="filled"),),
        columns=(Column(name="sample", type=ParamType.STRING, title=""), Column(name="filled", type=kind, title="")),
    )
    fill = fill_values(release, {"filler": value})
    assert fill == {"filled": cell}
    assert read_sample_sheet("sample,filled\ndonor,\n", release, fill=fill).faults == ()


def test_only_the_first_unknown_names_are_compared_with_known_ones() -> None:
    found = problems({**GOOD, **{f"aligner{number}": 1 for number in range(3 * MOST_GUESSES)}})

    assert len(found) == 3 * MOST_GUESSES
    assert [name for name, message in found if "did you mean" in message] == [
        f"aligner{number}" for number in range(MOST_GUESSES)
    ]
