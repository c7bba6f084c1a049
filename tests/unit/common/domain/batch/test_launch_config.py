from hypothesis import example, given
from hypothesis import strategies as st

from common.domain.batch.launch_config import ChildJobSettings, launch_config, quoted

JOBS = ChildJobSettings(project="lab", location="europe-west1", service_account="tasks@lab.iam.gserviceaccount.com")


def groovy_value(source: str) -> str:
    """The value of a Groovy string in single quotes; fails unless the string ends at the end of the text."""
    escapes = {"n": "\n", "r": "\r", "\\": "\\", "'": "'"}
    assert source[0] == "'"
    value, rest = "", source[1:]
    while rest[0] != "'":
        assert rest[0] not in "\r\n"
        taken = escapes[rest[1]] if rest[0] == "\\" else rest[0]
        value, rest = value + taken, rest[2:] if rest[0] == "\\" else rest[1:]
    assert rest == "'"
    return value


@given(st.text())
@example("'; System.exit(1); '")
@example("${'rm -rf /'.execute()}")
@example("\\")
@example("\\'")
@example("a\r\nb")
def test_quoted_text_is_read_back_unchanged_by_groovy(text: str) -> None:
    assert groovy_value(quoted(text)) == text


def test_the_config_runs_tasks_in_batch_with_the_label_of_their_run() -> None:
    lines = launch_config("run-1a2b3c4d", JOBS).splitlines()
    assert "process.executor = 'google-batch'" in lines
    assert "process.resourceLabels = ['sluice-run': 'run-1a2b3c4d', 'sluice-role': 'task']" in lines
    assert "google.project = 'lab'" in lines
    assert "google.location = 'europe-west1'" in lines
    assert "google.batch.serviceAccountEmail = 'tasks@lab.iam.gserviceaccount.com'" in lines


def test_the_trace_is_raw_and_has_the_columns_that_the_reader_needs() -> None:
    lines = launch_config("run-1a2b3c4d", JOBS).splitlines()
    fields = next(line for line in lines if line.startswith("trace.fields = "))
    assert "trace.raw = true" in lines
    assert "trace.overwrite = true" in lines
    assert {"task_id", "hash", "native_id", "status", "%cpu", "peak_rss", "workdir"} <= set(
        fields.partition(" = ")[2].strip("'").split(",")
    )


def test_the_default_network_is_not_set() -> None:
    assert "network" not in launch_config("run-1a2b3c4d", JOBS)


def test_a_chosen_network_is_used_without_public_addresses() -> None:
    private = ChildJobSettings(project="lab", location="eu", service_account="h@lab", network="net", subnetwork="sub")
    lines = launch_config("run-1a2b3c4d", private).splitlines()
    assert "google.batch.network = 'net'" in lines
    assert "google.batch.subnetwork = 'sub'" in lines
    assert "google.batch.usePrivateAddress = true" in lines


def test_every_line_is_one_setting() -> None:
    hostile = ChildJobSettings(project="a\nb = 1", location="'", service_account="\r", network="n\n", subnetwork="")
    assert all(" = " in line for line in launch_config("run-1a2b3c4d", hostile).split("\n")[:-1])
