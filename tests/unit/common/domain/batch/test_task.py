import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.batch.task import BatchTask, batch_task_of


def test_a_native_id_names_the_batch_job_and_the_task_in_it() -> None:
    assert batch_task_of("nf-abcdef01-1763885580000/3/nf-abcdef01-1763885580000-0") == BatchTask(
        "nf-abcdef01-1763885580000-0", 3
    )


@pytest.mark.parametrize(
    "native_id",
    [
        None,
        "",
        "-",
        "12345",  # a grid executor's
        "job/0",
        "job/x/uid",
        "job/-1/uid",
        'job/0/uid" OR labels.job_uid!="',
        "job/0/uid\n",
        "job/0/uid/more",
        "job/0/",
        "a/b/0/uid",
    ],
)
def test_other_native_ids_name_no_batch_task(native_id: str | None) -> None:
    assert batch_task_of(native_id) is None


@given(st.text())
def test_a_job_uid_from_a_native_id_needs_no_escaping(text: str) -> None:
    found = batch_task_of(f"job/0/{text}")
    assert found is None or set('"\\\n()') & set(found.job_uid) == set()
