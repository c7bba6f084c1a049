"""The Cloud Logging stand-in, called by Google's client."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import logging, logging_v2

from localdev.stack.ports import free_port
from localdev.stack.secret import StackSecret
from localdev.stand_ins.logging.service import LoggingStandIn
from tests.unit.localdev.processes import start_stand_in

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
JOB = logging.Resource(type="batch.googleapis.com/Job", labels={"job_id": "nf-1"})


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LoggingStandIn]:
    service = LoggingStandIn(0, tmp_path)
    service.start()
    yield service
    service.stop()


@pytest.fixture(autouse=True)
def _no_side_requests_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would ask a metadata server for seconds where it runs, and write an entry about itself."""
    monkeypatch.setattr(logging_v2.logger, "detect_resource", lambda _project: JOB)
    monkeypatch.setattr(logging_v2, "_instrumentation_emitted", True)


@pytest.fixture
def client(service: LoggingStandIn) -> Iterator[logging.Client]:
    client = client_of(service.port)
    yield client
    client._http.close()


def client_of(port: int) -> logging.Client:
    """Google's client, given only the address."""
    return logging.Client(
        project="p",
        credentials=AnonymousCredentials(),
        _use_grpc=False,
        client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
    )


def write_lines(client: logging.Client, count: int) -> None:
    """Write lines of two tasks alternately, one per second, the last one now."""
    with client.logger("batch_task_logs").batch() as batch:
        for number in range(count):
            batch.log_text(
                f"line {number}",
                severity=["DEBUG", "INFO", "WARNING", "ERROR"][number % 4],
                labels={"job_uid": "u-1", "task_id": f"u-1-group0-{number % 2}"},
                timestamp=NOW - dt.timedelta(seconds=count - 1 - number),
                resource=JOB,
            )


def test_entries_are_listed_oldest_first(client: logging.Client) -> None:
    write_lines(client, 3)
    entries = list(client.list_entries())
    assert [entry.payload for entry in entries] == ["line 0", "line 1", "line 2"]
    first = entries[0]
    assert (first.log_name, first.severity, first.resource) == ("projects/p/logs/batch_task_logs", "DEBUG", JOB)
    assert first.labels == {"job_uid": "u-1", "task_id": "u-1-group0-0"}
    assert first.timestamp == NOW - dt.timedelta(seconds=2)


def test_entries_can_be_listed_newest_first(client: logging.Client) -> None:
    write_lines(client, 3)
    entries = client.list_entries(order_by=logging.DESCENDING)
    assert [entry.payload for entry in entries] == ["line 2", "line 1", "line 0"]


@pytest.mark.parametrize("order", [logging.ASCENDING, logging.DESCENDING])
def test_all_pages_together_list_every_entry_once(client: logging.Client, order: str) -> None:
    write_lines(client, 25)
    client.logger("batch_task_logs").log_text("at the same time", timestamp=NOW)
    paged = [entry.payload for entry in client.list_entries(order_by=order, page_size=4)]
    assert paged == [entry.payload for entry in client.list_entries(order_by=order, page_size=1000)]
    assert len(set(paged)) == 26


def test_the_filter_of_nextflow_finds_the_lines_of_one_task(client: logging.Client) -> None:
    write_lines(client, 6)
    client.logger("batch_agent_logs").log_text("line of the agent", labels={"job_uid": "u-1"})
    nextflow_filter = (
        'resource.type=generic_task OR resource.type="batch.googleapis.com/Job" '
        'AND logName="projects/p/logs/batch_task_logs" AND labels.job_uid=u-1 AND labels.task_id=u-1-group0-1'
    )
    entries = client.list_entries(filter_=nextflow_filter)
    assert [entry.payload for entry in entries] == ["line 1", "line 3", "line 5"]


def test_entries_can_be_filtered_by_severity_text_and_time(client: logging.Client) -> None:
    write_lines(client, 120)
    since = (NOW - dt.timedelta(seconds=59)).isoformat()
    text = f'timestamp>="{since}" severity>=ERROR labels.task_id:"-1" NOT textPayload:"line 11" textPayload=~"9$"'
    assert [entry.payload for entry in client.list_entries(filter_=text)] == ["line 79", "line 99"]


def test_a_structured_entry_can_be_filtered_by_its_payload(client: logging.Client) -> None:
    client.logger("app").log_struct({"a": 1, "b": {"c": "x"}}, severity="WARNING", labels={"run": "z"})
    (entry,) = client.list_entries(filter_='jsonPayload.b.c="x"')
    assert (entry.payload, entry.severity, entry.labels) == ({"a": 1, "b": {"c": "x"}}, "WARNING", {"run": "z"})


def test_a_bad_filter_is_refused(client: logging.Client) -> None:
    with pytest.raises(exceptions.BadRequest, match="Unparseable filter"):
        list(client.list_entries(filter_="timestamp>=2026-01-01 AND textPayload=( b"))


@pytest.mark.parametrize(
    "wrong", [{"page_size": 1001}, {"page_size": -1}, {"order_by": "severity asc"}, {"page_token": "?"}]
)
def test_a_list_request_that_cloud_logging_refuses_is_refused(client: logging.Client, wrong: dict[str, object]) -> None:
    with pytest.raises(exceptions.BadRequest):
        list(client.list_entries(**wrong))


def test_entries_of_other_projects_are_not_listed(client: logging.Client) -> None:
    write_lines(client, 1)
    assert list(client.list_entries(resource_names=["projects/other"])) == []


def test_the_view_of_task_output_shows_what_tasks_print_and_nothing_else(client: logging.Client) -> None:
    write_lines(client, 2)
    client.logger("run.googleapis.com%2Fstdout").log_text("telemetry", resource=JOB)
    client.logger("batch_task_logs").log_text("of another resource", resource=logging.Resource("global", {}))
    client.logger("batch_agent_logs").log_text("of the agent", resource=JOB)
    entries = client.list_entries(
        resource_names=["projects/p/locations/global/buckets/_Default/views/sluice-task-output"]
    )
    assert [entry.payload for entry in entries] == ["line 0", "line 1"]


@pytest.mark.parametrize(
    "name",
    [
        "projects/other/locations/global/buckets/_Default/views/sluice-task-output",
        "projects/p/locations/global/buckets/other/views/sluice-task-output",
    ],
)
def test_a_view_shows_only_its_own_projects_and_buckets_entries(client: logging.Client, name: str) -> None:
    write_lines(client, 1)
    assert list(client.list_entries(resource_names=[name])) == []


def test_an_unknown_view_is_not_found(client: logging.Client) -> None:
    with pytest.raises(exceptions.NotFound):
        list(client.list_entries(resource_names=["projects/p/locations/global/buckets/_Default/views/all"]))


def test_an_entry_written_twice_is_stored_once(client: logging.Client) -> None:
    for _ in range(2):
        client.logger("app").log_text("once", insert_id="i-1", timestamp=NOW)
    assert len(list(client.list_entries())) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"logName": "no-log-name"},
        {"timestamp": "yesterday"},
        {"timestamp": (NOW + dt.timedelta(days=2)).isoformat()},
        {"severity": "LOUD"},
    ],
)
def test_an_invalid_entry_rejects_all_entries_without_partial_success(
    service: LoggingStandIn, client: logging.Client, wrong: dict[str, str]
) -> None:
    right = {"textPayload": "right"}
    body = {"logName": "projects/p/logs/app", "entries": [right, {"textPayload": "wrong"} | wrong]}
    url = f"http://127.0.0.1:{service.port}/v2/entries:write"
    assert requests.post(url, json=body, timeout=30).status_code == 400
    assert list(client.list_entries()) == []
    assert requests.post(url, json=body | {"partialSuccess": True}, timeout=30).status_code == 400
    assert [entry.payload for entry in client.list_entries()] == ["right"]


def test_a_severity_can_be_written_as_a_number(service: LoggingStandIn, client: logging.Client) -> None:
    body = {"entries": [{"logName": "projects/p/logs/app", "textPayload": "x", "severity": 500}]}
    requests.post(f"http://127.0.0.1:{service.port}/v2/entries:write", json=body, timeout=30).raise_for_status()
    assert [entry.severity for entry in client.list_entries()] == ["ERROR"]


def test_logs_can_be_listed_and_deleted_by_name(service: LoggingStandIn, client: logging.Client) -> None:
    client.logger("a").log_text("x")
    client.logger("library.example%2Fb").log_text("y")
    names = requests.get(f"http://127.0.0.1:{service.port}/v2/projects/p/logs", timeout=30).json()["logNames"]
    assert names == ["projects/p/logs/a", "projects/p/logs/library.example%2Fb"]
    client.logger("library.example%2Fb").delete()
    assert [entry.payload for entry in client.list_entries()] == ["x"]
    with pytest.raises(exceptions.NotFound):
        client.logger("library.example%2Fb").delete()


def test_entries_survive_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port, secret = free_port(), StackSecret(tmp_path / "keys")
    secret.write_netrc()
    monkeypatch.setenv("NETRC", str(secret.netrc))
    keys = tmp_path / "keys"
    process = start_stand_in("localdev.stand_ins.logging", port, "--folder", tmp_path, "--keys", keys)
    client = client_of(port)
    write_lines(client, 2)
    client._http.close()
    process.kill()
    process.wait()
    service = LoggingStandIn(0, tmp_path)
    service.start()
    client = client_of(service.port)
    assert [entry.payload for entry in client.list_entries()] == ["line 0", "line 1"]
    client._http.close()
    service.stop()
