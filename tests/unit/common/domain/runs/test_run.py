import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.runs.run import RUN_ID, run_id_from
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from tests.support.runs import make_run


@given(st.integers(min_value=0, max_value=1 << 128))
def test_any_number_makes_a_run_id(number: int) -> None:
    assert RUN_ID.fullmatch(run_id_from(number))


def test_a_run_id_holds_the_low_32_bits() -> None:
    assert run_id_from(0x1_0000_00FF) == "run-000000ff"


@pytest.mark.parametrize("status", RunStatus)
def test_a_run_is_over_once_its_status_is_final(status: RunStatus) -> None:
    assert make_run(status=status).is_over == (status in FINAL_STATUSES)


def test_the_root_of_a_first_run_is_the_run_itself() -> None:
    assert make_run().root_run_id == "run-1a2b3c4d"


def test_the_root_of_a_recovery_is_read_from_its_work_directory() -> None:
    run = make_run(parent_run_id="run-bbbbbbbb", reused_work_dir="gs://sluice-work/runs/run-aaaaaaaa/work")
    assert run.root_run_id == "run-aaaaaaaa"
