"""Differences between the parameters of two runs."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.comparison.values import GivenParams, ValueChange, param_changes
from common.domain.pipelines.pipeline import Param, ParamType, PipelineVersion


def release(aligner: str = "alevin") -> PipelineVersion:
    params = (
        Param(name="aligner", type=ParamType.STRING, title="", group="", default=aligner),
        Param(name="cells", type=ParamType.INTEGER, title="", group="", default=500),
        Param(name="skip_qc", type=ParamType.BOOLEAN, title="", group="", default=False),
        Param(name="protocol", type=ParamType.STRING, title="", group="", aliases={"10x v3": "10XV3"}),
    )
    return PipelineVersion(pipeline="lab/p", version="1", groups=(), params=params, columns=())


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[ValueChange]:
    return param_changes(GivenParams(before, release()), GivenParams(after, release()))


def test_a_value_that_is_the_default_is_no_difference_to_none() -> None:
    assert changes({"aligner": "alevin", "cells": "500", "skip_qc": "false"}, {}) == []


def test_a_number_and_its_text_are_the_same() -> None:
    assert changes({"cells": 10_000.0, "skip_qc": True}, {"cells": "10000", "skip_qc": "true"}) == []


def test_other_spellings_and_blank_values_are_the_same() -> None:
    assert changes({"protocol": "10x v3"}, {"protocol": "10XV3", "aligner": " "}) == []


def test_a_value_against_a_default_is_a_difference() -> None:
    assert changes({"aligner": "star"}, {}) == [ValueChange("aligner", "star", "alevin")]
    assert changes({}, {"protocol": "auto"}) == [ValueChange("protocol", None, "auto")]


def test_a_default_that_changed_with_the_release_is_a_difference_that_nobody_made() -> None:
    found = param_changes(GivenParams({}, release()), GivenParams({}, release("star")))
    assert found == [ValueChange("aligner", "alevin", "star", default_changed=True)]


def test_where_the_defaults_are_unknown_only_what_was_given_is_compared() -> None:
    found = param_changes(GivenParams({"cells": 5}, None), GivenParams({"cells": 7}, release()))
    assert ValueChange("cells", 5, 7) in found


def test_what_sluice_sets_is_left_out() -> None:
    assert param_changes(GivenParams({"outdir": "a"}, None), GivenParams({"outdir": "b"}, None)) == []


NAMES = st.sampled_from(["aligner", "cells", "protocol", "unknown"])


@given(st.dictionaries(NAMES, st.integers() | st.text("ab", min_size=1)), st.sets(NAMES))
def test_every_seeded_difference_is_found_and_no_other(given_params: dict[str, Any], edited: set[str]) -> None:
    after = {**given_params, **dict.fromkeys(edited, "something else")}
    assert {change.name for change in changes(given_params, after)} == edited
    assert changes(given_params, given_params) == []
