import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.tasks.name import hash_of_work_dir, split_task_name


@pytest.mark.parametrize(
    ("name", "process", "tag"),
    [
        ("foo", "foo", None),
        ("NFCORE_MAG:MAG:MAXBIN2 (sample2)", "NFCORE_MAG:MAG:MAXBIN2", "sample2"),
        ("DOCKER_LIST (T: AAA, S: 300)", "DOCKER_LIST", "T: AAA, S: 300"),
        ("QIIME (taxa:a,b;min-freq:10;min-samples:2)", "QIIME", "taxa:a,b;min-freq:10;min-samples:2"),
        ("foo (null)", "foo", "null"),
        ("foo (85)", "foo", None),
        ("foo (a (b) c)", "foo", "a (b) c"),
        ("foo (cut", "foo (cut", None),
        ("foo(bar)", "foo(bar)", None),
        (" (bar)", " (bar)", None),
        ("", "", None),
    ],
)
def test_the_tag_is_the_text_in_the_outer_brackets(name: str, process: str, tag: str | None) -> None:
    assert split_task_name(name) == (process, tag)


@given(st.from_regex(r"[A-Za-z_:]+", fullmatch=True), st.text().filter(lambda tag: not re.fullmatch(r"[0-9]+", tag)))
def test_any_tag_can_be_split_off_a_name(process: str, tag: str) -> None:
    assert split_task_name(f"{process} ({tag})") == (process, tag)


@pytest.mark.parametrize(
    ("work_dir", "task_hash"),
    [
        ("/data/work/e9/093cff02661af5dbce6821ecbc1ea3", "e9/093cff"),
        ("gs://bucket/work/9e/52647fdb55127f8059a4789d875eef/", "9e/52647f"),
        ("s3://zenofbucket/\nnf-testing/work/fa/1524adb14cbdef15b7254d1c9ec2ee", "fa/1524ad"),
        ("fa/1524adb14c", "fa/1524ad"),
        ("/data/work", None),
        ("/data/work/stage-d6/12ab", None),
        ("null", None),
    ],
)
def test_the_hash_comes_from_the_end_of_the_directory(work_dir: str, task_hash: str | None) -> None:
    assert hash_of_work_dir(work_dir) == task_hash
