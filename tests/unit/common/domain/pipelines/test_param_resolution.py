"""Parameters are given to the pipeline in its own words, and to the sheet what belongs there."""

import pytest

from common.domain.pipelines.param_resolution import filled_columns, filled_sheet, filling_params, resolve_params
from common.domain.pipelines.pipeline import Column, Param, ParamType, PipelineVersion

RELEASE = PipelineVersion(
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


def test_another_name_of_a_value_becomes_the_releases_own() -> None:
    assert resolve_params(RELEASE, {"aligner": "new", "length": 5}).params == {"aligner": "alevin", "length": 5}
    assert resolve_params(RELEASE, {"aligner": "alevin"}).params == {"aligner": "alevin"}


def test_what_fills_the_sheet_is_not_given_to_the_pipeline() -> None:
    resolved = resolve_params(RELEASE, {"cells": 900})
    assert (resolved.params, resolved.cells) == ({}, {"expected_cells": "900"})
    assert filled_columns(RELEASE, {"cells": 900}) == {"expected_cells"}
    assert filled_columns(RELEASE, {"length": 1}) == frozenset()
    assert filling_params(RELEASE) == {"cells"}


def test_a_sheet_that_nothing_fills_stays_byte_for_byte() -> None:
    text = "\ufeffsample\r\na\r\n"
    assert filled_sheet(text, {}) == text


@pytest.mark.parametrize(
    ("sheet", "filled"),
    [
        ("sample,expected_cells\na,\nb,70\nc,  \n", "sample,expected_cells\na,900\nb,70\nc,900\n"),
        ("sample\na\n\nb\n", "sample,expected_cells\na,900\nb,900\n"),
        ('\ufeffsample, expected_cells\r\n"a,b",\r\n', 'sample,expected_cells\n"a,b",900\n'),
    ],
)
def test_empty_cells_are_filled_and_a_missing_column_is_added(sheet: str, filled: str) -> None:
    assert filled_sheet(sheet, {"expected_cells": "900"}) == filled
