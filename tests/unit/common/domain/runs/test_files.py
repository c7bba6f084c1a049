import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets, FileGroup, parse_log_key, run_id_in_work_uri
from common.domain.runs.run import RUN_ID

BUCKETS = Buckets(runs="runs-b", logs="logs-b", work="work-b")
RUN = "run-1a2b3c4d"


def test_every_path_of_a_run_is_below_its_folder() -> None:
    assert run_files.input_key(RUN, "params.yaml") == "runs/run-1a2b3c4d/inputs/params.yaml"
    assert run_files.log_key(RUN, "trace.txt") == "runs/run-1a2b3c4d/logs/trace.txt"
    assert run_files.gcs_path(BUCKETS, RUN) == "gs://runs-b/runs/run-1a2b3c4d"
    assert run_files.results_uri(BUCKETS, RUN) == "gs://runs-b/runs/run-1a2b3c4d/results"
    assert run_files.work_uri(BUCKETS, RUN) == "gs://work-b/runs/run-1a2b3c4d/work"
    assert run_files.cache_uri(BUCKETS, RUN) == "gs://work-b/runs/run-1a2b3c4d/cache"


def test_every_group_has_a_folder_in_the_runs_or_logs_bucket() -> None:
    places = [(BUCKETS.for_group(group), run_files.group_folder(RUN, group)) for group in FileGroup]
    assert places == [
        ("runs-b", "runs/run-1a2b3c4d/inputs/"),
        ("runs-b", "runs/run-1a2b3c4d/results/"),
        ("logs-b", "runs/run-1a2b3c4d/logs/"),
    ]


def test_the_work_folder_is_the_prefix_of_the_work_uri() -> None:
    assert run_files.work_uri(BUCKETS, RUN) + "/" == f"gs://work-b/{run_files.work_folder(RUN)}"


@given(st.from_regex(RUN_ID, fullmatch=True), st.text(alphabet=st.characters(exclude_characters="/\n"), min_size=1))
def test_a_log_key_is_parsed_into_run_id_and_name(run_id: str, name: str) -> None:
    assert parse_log_key(run_files.log_key(run_id, name)) == (run_id, name)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "trace.txt",
        "runs/run-1a2b3c4d/inputs/params.yaml",
        "runs/run-1a2b3c4d/logs/",
        "runs/run-1a2b3c4d/logs/deeper/trace.txt",
        "runs/run-1A2B3C4D/logs/trace.txt",
        "runs/run-1a2b3c4d5/logs/trace.txt",
        "runs/run-1a2b3c4\u0664/logs/trace.txt",
        "other/runs/run-1a2b3c4d/logs/trace.txt",
        "runs/../runs/run-1a2b3c4d/logs/trace.txt",
    ],
)
def test_other_keys_are_not_parsed(key: str) -> None:
    assert parse_log_key(key) is None


@given(st.text())
def test_any_text_can_be_parsed_as_a_log_key(key: str) -> None:
    owner = parse_log_key(key)
    assert owner is None or run_files.log_key(*owner) == key


@given(st.from_regex(RUN_ID, fullmatch=True))
def test_a_work_uri_is_parsed_into_its_run_id(run_id: str) -> None:
    buckets = Buckets(runs="runs-b", logs="logs-b", work="work-b")
    assert run_id_in_work_uri(run_files.work_uri(buckets, run_id)) == run_id


@pytest.mark.parametrize(
    "uri", ["", "gs://b/runs/run-1a2b3c4d/cache", "gs://b/runs/run-1a2b3c4d/work/", "/b/runs/run-1a2b3c4d/work"]
)
def test_other_uris_raise_value_error(uri: str) -> None:
    with pytest.raises(ValueError, match="not the URI of a work directory"):
        run_id_in_work_uri(uri)


@given(st.from_regex(RUN_ID, fullmatch=True), st.text())
def test_a_task_folder_is_in_the_work_directory_of_its_run_or_none(run_id: str, end: str) -> None:
    own, other = (f"{run_files.work_uri(BUCKETS, owner)}/{end}" for owner in (run_id, "run-no-one"))
    assert run_files.task_folder(BUCKETS, run_id, own) == f"{run_files.work_folder(run_id)}{end}".rstrip("/")
    assert run_files.task_folder(BUCKETS, run_id, other) is None
    assert run_files.task_folder(BUCKETS, run_id, end) is None


def test_the_archive_key_is_in_the_logs_folder_and_names_the_run() -> None:
    assert run_files.archive_key(RUN) == "runs/run-1a2b3c4d/logs/run-1a2b3c4d.zip"
    assert "run-1a2b3c4d.zip" not in run_files.INGESTED_FILES


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("multiqc/report.HTML", "text/html; charset=utf-8"),
        ("counts.csv", "text/plain; charset=utf-8"),
        ("umap.png", "image/png"),
        ("exit_code", "text/plain; charset=utf-8"),
        ("reads.bam", None),
        ("a.txt/README", None),
        (".txt.gz", None),
        ("html", None),
    ],
)
def test_browsers_show_texts_images_and_html(name: str, media: str | None) -> None:
    assert run_files.preview_type(name) == media
