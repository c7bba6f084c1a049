"""BatchService with Google's client library and the Batch stand-in."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud import batch_v1

from common.domain.batch.job import JobState
from common.domain.batch.launch_plan import CopyPace, LaunchPlan, Volume, launch_plan
from common.domain.batch.machines import StayEnd
from common.domain.pipelines.pipeline import LaunchNeeds
from common.domain.runs.files import Buckets
from common.errors import BatchError, RoleMissingError, UnavailableError
from common.services.batch.service import BatchService, BatchSettings, batch_job_from, job_request
from common.services.google_clients import rest_client_arguments
from localdev.stack.layout import HEAD_JOB_ACCOUNT, PARENT, REGION
from localdev.stack.ports import free_port
from localdev.stand_ins.batch.service import BatchStandIn
from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.rest_service import RestService, Route
from localdev.stand_ins.storage.service import StorageStandIn
from tests.support.runs import make_run
from tests.unit.localdev.receiver import Receiver

BUCKETS = Buckets(runs="sluice-runs", logs="sluice-logs", work="sluice-work")
RUN_ID = make_run().run_id
JOB = f"{PARENT}/jobs/j"
PLAN = launch_plan(make_run(), BUCKETS, LaunchNeeds(), copies=CopyPace(min_s=7, max_s=70))


def settings_for(endpoint: str, github_token: str = "") -> BatchSettings:
    return BatchSettings(
        endpoint=endpoint,
        parent=PARENT,
        location=REGION,
        image="nextflow/nextflow:25.10.4",
        machine_type="e2-standard-2",
        service_account=HEAD_JOB_ACCOUNT,
        network="",
        subnetwork="",
        github_token=github_token,
    )


SETTINGS = settings_for("http://127.0.0.1:1")


@pytest.fixture
def settings(tmp_path: Path, storage_service: StorageStandIn) -> Iterator[BatchSettings]:
    """Settings for a Batch stand-in where every job waits for a machine for an hour."""
    no_service = f"http://127.0.0.1:{free_port()}"
    service = BatchStandIn(0, tmp_path / "batch", storage_service.url, no_service, boot_seconds=3600)
    service.start()
    yield settings_for(f"http://127.0.0.1:{service.port}")
    service.stop()


@pytest.fixture
def batch(settings: BatchSettings) -> BatchService:
    return BatchService(settings)


@pytest.fixture
def client(settings: BatchSettings) -> batch_v1.BatchServiceClient:
    return batch_v1.BatchServiceClient(**rest_client_arguments(settings.endpoint))


@contextmanager
def answering(routes: list[Route]) -> Iterator[BatchService]:
    """A BatchService whose Batch answers only `routes`."""
    service = RestService(0, routes)
    service.start()
    yield BatchService(settings_for(f"http://127.0.0.1:{service.port}"))
    service.stop()


def failed(fields: Json, *, event: str) -> Json:
    status_event = {"description": event, "eventTime": "2026-11-23T12:00:00Z"}
    return fields | {"status": {"state": "FAILED", "statusEvents": [status_event]}}


def add_job(client: batch_v1.BatchServiceClient, job_id: str, labels: Mapping[str, str]) -> None:
    runnable = {"script": {"text": "true"}}
    job = batch_v1.Job(task_groups=[{"task_spec": {"runnables": [runnable]}, "task_count": 1}], labels=dict(labels))
    client.create_job(parent=PARENT, job_id=job_id, job=job)


def wait_for_end(batch: BatchService, job_id: str) -> None:
    deadline = time.monotonic() + 20
    while not (job := batch.get_job(batch.job_name(job_id))) or not job.has_ended:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_job_request_has_everything_of_its_plan() -> None:
    job = batch_v1.Job(job_request(PLAN, SETTINGS))

    (group,) = job.task_groups
    (runnable,) = group.task_spec.runnables
    assert group.task_count == 1
    assert runnable.container.image_uri == "nextflow/nextflow:25.10.4"
    assert list(runnable.container.commands) == list(PLAN.commands)
    assert runnable.container.entrypoint == ""
    assert dict(group.task_spec.environment.variables) == PLAN.environment
    assert group.task_spec.max_run_duration == timedelta(hours=PLAN.max_run_hours)
    assert group.task_spec.max_retry_count == 0
    assert dict(job.labels) == dict(job.allocation_policy.labels) == PLAN.labels
    assert job.logs_policy.destination == batch_v1.LogsPolicy.Destination.CLOUD_LOGGING


def test_a_head_job_gets_the_github_token_from_its_secret() -> None:
    secret = "projects/lab/secrets/github-token/versions/latest"
    (group,) = batch_v1.Job(job_request(PLAN, settings_for("http://127.0.0.1:1", secret))).task_groups
    assert dict(group.task_spec.environment.secret_variables) == {"GITHUB_TOKEN": secret}
    assert "GITHUB_TOKEN" not in group.task_spec.environment.variables


def test_a_head_job_without_a_token_has_no_secrets() -> None:
    (group,) = batch_v1.Job(job_request(PLAN, SETTINGS)).task_groups
    assert dict(group.task_spec.environment.secret_variables) == {}


def test_a_head_job_runs_on_one_standard_machine() -> None:
    policy = batch_v1.Job(job_request(PLAN, SETTINGS)).allocation_policy

    (instance,) = policy.instances
    assert instance.policy.machine_type == "e2-standard-2"
    assert instance.policy.provisioning_model == batch_v1.AllocationPolicy.ProvisioningModel.STANDARD
    assert list(policy.location.allowed_locations) == [f"regions/{REGION}"]
    assert policy.service_account.email == HEAD_JOB_ACCOUNT
    assert list(policy.network.network_interfaces) == []


def test_a_head_job_requests_two_cores_six_gib_of_memory_and_fifty_of_disk() -> None:
    resource = batch_v1.Job(job_request(PLAN, SETTINGS)).task_groups[0].task_spec.compute_resource

    assert (resource.cpu_milli, resource.memory_mib, resource.boot_disk_mib) == (2000, 6144, 50 * 1024)


def test_volumes_are_mounted_as_in_the_plan() -> None:
    inputs = Volume(remote_path="b/in/", mount_path="/mnt/disks/inputs", read_only=True)
    logs = Volume(remote_path="b/logs/", mount_path="/mnt/disks/logs", read_only=False)

    volumes = (
        batch_v1.Job(job_request(replace(PLAN, volumes=(inputs, logs)), SETTINGS)).task_groups[0].task_spec.volumes
    )

    assert [(volume.gcs.remote_path, volume.mount_path, list(volume.mount_options)) for volume in volumes] == [
        ("b/in/", "/mnt/disks/inputs", ["-o ro", "-implicit-dirs"]),
        ("b/logs/", "/mnt/disks/logs", ["-o rw", "-implicit-dirs"]),
    ]


def test_a_chosen_network_has_no_external_address() -> None:
    settings = replace(
        SETTINGS, network="projects/p/global/networks/n", subnetwork="projects/p/regions/r/subnetworks/s"
    )

    (interface,) = batch_v1.Job(job_request(PLAN, settings)).allocation_policy.network.network_interfaces

    assert (interface.network, interface.subnetwork) == (settings.network, settings.subnetwork)
    assert interface.no_external_ip_address


def test_a_created_job_can_be_read(batch: BatchService) -> None:
    batch.create_job(PLAN)

    job = batch.get_job(batch.job_name(PLAN.job_id))

    assert job is not None
    assert job.name == f"{PARENT}/jobs/sluice-{RUN_ID}"
    assert job.uid
    assert job.state in {JobState.QUEUED, JobState.SCHEDULED}
    assert job.labels == PLAN.labels
    assert job.last_event
    assert f"to {job.state.name}" in job.last_event


def test_creating_a_job_again_creates_no_second(batch: BatchService, client: batch_v1.BatchServiceClient) -> None:
    for _ in range(2):
        batch.create_job(PLAN)

    assert len(list(client.list_jobs(parent=PARENT))) == 1


def test_an_invalid_job_id_raises_a_batch_error(batch: BatchService) -> None:
    with pytest.raises(BatchError, match="refused"):
        batch.create_job(replace(PLAN, job_id="NOT AN ID"))


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_for_good_is_a_batch_error(status: int) -> None:
    with Receiver() as receiver:
        receiver.answers[f"/v1/{PARENT}/jobs?jobId={PLAN.job_id}&%24alt=json%3Benum-encoding%3Dint"].append(status)

        with pytest.raises(BatchError):
            BatchService(settings_for(receiver.url(""))).create_job(PLAN)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_temporary_error_raises_unavailable(status: int) -> None:
    with Receiver() as receiver:
        receiver.answers[f"/v1/{PARENT}/jobs?jobId={PLAN.job_id}&%24alt=json%3Benum-encoding%3Dint"].append(status)

        with pytest.raises(UnavailableError):
            BatchService(settings_for(receiver.url(""))).create_job(PLAN)


def test_a_missing_role_raises_role_missing_on_every_call() -> None:
    def refuse(_request: Request, **_values: str) -> Json:
        raise ServiceError(403, "Permission 'batch.jobs.get' denied")

    with answering([("GET|POST", "/<rest:path>", refuse)]) as batch:
        for ask in (batch.get_job, batch.cancel_job, lambda _name: list(batch.child_jobs(RUN_ID))):
            with pytest.raises(RoleMissingError):
                ask(JOB)


def test_the_events_of_a_failed_job_include_those_of_its_task() -> None:
    job, task = failed({"name": "j"}, event="Job failed."), failed({}, event="FAILED with exit code 50001.")
    routes: list[Route] = [
        ("GET", f"/v1/{JOB}/taskGroups/group0/tasks/0", lambda _: task),
        ("GET", f"/v1/{JOB}", lambda _: job),
    ]
    with answering(routes) as batch:
        found = batch.get_job(JOB)
    assert found is not None
    assert (found.state, found.events) == (JobState.FAILED, ("Job failed.", "FAILED with exit code 50001."))


def test_a_job_that_failed_without_a_task_has_only_its_own_events() -> None:
    with answering([("GET", f"/v1/{JOB}", lambda _: failed({"name": "j"}, event="no such machine"))]) as batch:
        found = batch.get_job(JOB)
    assert found is not None
    assert found.events == ("no such machine",)


def test_an_unknown_job_is_none(batch: BatchService) -> None:
    assert batch.get_job(batch.job_name("nope")) is None


def test_cancelling_a_job_stops_it(batch: BatchService) -> None:
    batch.create_job(PLAN)

    batch.cancel_job(batch.job_name(PLAN.job_id))

    job = batch.get_job(batch.job_name(PLAN.job_id))
    assert job is not None
    assert job.state in {JobState.CANCELLATION_IN_PROGRESS, JobState.CANCELLED}


def test_cancelling_a_job_that_is_gone_or_ended_does_nothing(batch: BatchService) -> None:
    batch.cancel_job(batch.job_name("nope"))
    batch.create_job(PLAN)

    for _ in range(3):
        batch.cancel_job(batch.job_name(PLAN.job_id))

    assert batch.get_job(batch.job_name("nope")) is None


def test_child_jobs_are_those_with_the_label_of_the_run_except_the_head_job(
    batch: BatchService, client: batch_v1.BatchServiceClient
) -> None:
    batch.create_job(PLAN)
    add_job(client, "nf-abcdef01-1", {"sluice-run": RUN_ID, "sluice-role": "task"})
    add_job(client, "nf-abcdef02-1", {"sluice-run": RUN_ID})
    add_job(client, "nf-abcdef03-1", {"sluice-run": "run-00000000", "sluice-role": "task"})
    add_job(client, "nf-abcdef04-1", {})

    children = batch.child_jobs(RUN_ID)

    assert sorted(job.name.rpartition("/")[2] for job in children) == ["nf-abcdef01-1", "nf-abcdef02-1"]


def test_live_child_jobs_are_those_that_have_not_ended(
    batch: BatchService, client: batch_v1.BatchServiceClient
) -> None:
    for number in range(3):
        add_job(client, f"nf-abcdef0{number}-1", {"sluice-run": RUN_ID, "sluice-role": "task"})
    batch.cancel_job(batch.job_name("nf-abcdef01-1"))
    wait_for_end(batch, "nf-abcdef01-1")

    assert len(list(batch.child_jobs(RUN_ID))) == 3
    live = [job.name.rpartition("/")[2] for job in batch.live_child_jobs(RUN_ID)]
    assert sorted(live) == ["nf-abcdef00-1", "nf-abcdef02-1"]


def test_a_child_job_is_read_with_the_machines_of_its_tasks() -> None:
    def event(second: int, text: str, code: int = 0) -> Json:
        execution = {"taskExecution": {"exitCode": code}} if code else {}
        return {"description": text, "eventTime": f"2026-11-23T12:00:{second:02}Z"} | execution

    zone = "zones/europe-west1-c/instances/615"
    events = [
        event(1, f"Task state is updated from PENDING to ASSIGNED on {zone}"),
        event(11, f"Task state is updated from RUNNING to FAILED on {zone} due to Spot Preemption.", 50001),
        event(20, f"Task state is updated from PENDING to ASSIGNED on {zone}"),
        event(50, f"Task state is updated from RUNNING to SUCCEEDED on {zone}"),
    ]
    task = {"name": f"{JOB}/taskGroups/group0/tasks/3", "status": {"statusEvents": events}}
    instance = {"machineType": "e2-standard-4", "provisioningModel": "SPOT", "taskPack": "1"}
    ended = event(51, "Job state is set from RUNNING to SUCCEEDED for job j.")
    status = {"state": "SUCCEEDED", "statusEvents": [ended], "taskGroups": {"group0": {"instances": [instance]}}}
    routes: list[Route] = [
        ("GET", f"/v1/{JOB}/taskGroups/group0/tasks", lambda _: {"tasks": [task]}),
        ("GET", f"/v1/{JOB}", lambda _: {"name": JOB, "status": status}),
    ]
    with answering(routes) as batch:
        found = batch.read_child_job(JOB)
    assert found is not None
    assert (found.job.machine.machine_type, found.job.machine.provisioning_model) == ("e2-standard-4", "SPOT")
    assert [(stay.task_index, stay.zone) for stay in found.stays] == [(3, "europe-west1-c")] * 2
    assert [stay.end for stay in found.stays] == [StayEnd.PREEMPTED, StayEnd.DONE]
    assert found.job.state_since == datetime(2026, 11, 23, 12, 0, 51, tzinfo=UTC)


def test_a_child_job_on_the_stand_in_has_a_machine_zone_and_times(
    tmp_path: Path, storage_service: StorageStandIn
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    service = BatchStandIn(0, tmp_path / "quick", storage_service.url, nowhere, boot_seconds=0)
    service.start()
    batch = BatchService(settings_for(f"http://127.0.0.1:{service.port}"))
    add_job(batch_v1.BatchServiceClient(**rest_client_arguments(service.url)), "nf-abcdef01-1", {"sluice-run": RUN_ID})
    wait_for_end(batch, "nf-abcdef01-1")
    found = batch.read_child_job(batch.job_name("nf-abcdef01-1"))
    service.stop()
    assert found is not None
    assert (found.job.machine.machine_type, found.job.machine.provisioning_model) == ("e2-highcpu-2", "STANDARD")
    assert found.job.machine.disks == [{"type": "pd-balanced", "gib": 30, "boot": True}]
    (stay,) = found.stays
    assert (stay.zone, found.job.machine.region, stay.end) == (f"{REGION}-b", REGION, StayEnd.DONE)
    moments = [moment for moment in (found.job.created_at, stay.assigned_at, stay.released_at) if moment]
    assert moments == sorted(moments)
    assert len(moments) == 3


def test_a_child_job_that_does_not_exist_is_none(batch: BatchService) -> None:
    assert batch.read_child_job(batch.job_name("nope")) is None


def test_a_child_job_that_failed_before_it_had_tasks_has_used_no_machine() -> None:
    with answering([("GET", f"/v1/{JOB}", lambda _: failed({"name": JOB}, event="no such machine"))]) as batch:
        found = batch.read_child_job(JOB)
    assert found is not None
    assert (found.job.state, list(found.stays)) == (JobState.FAILED, [])


def test_live_jobs_are_head_and_task_jobs_of_all_runs_that_have_not_ended(
    batch: BatchService, client: batch_v1.BatchServiceClient
) -> None:
    batch.create_job(PLAN)
    for number, state in enumerate(["live", "ended"]):
        add_job(client, f"nf-abcdef0{number}-1", {"sluice-run": f"run-{state}", "sluice-role": "task"})
    add_job(client, "nf-abcdef03-1", {"sluice-run": RUN_ID})
    batch.cancel_job(batch.job_name("nf-abcdef01-1"))
    wait_for_end(batch, "nf-abcdef01-1")

    live = list(batch.live_jobs())

    assert [job.name.rpartition("/")[2] for job in live] == [PLAN.job_id, "nf-abcdef00-1"]
    assert all(job.created_at and abs(datetime.now(UTC) - job.created_at) < timedelta(minutes=1) for job in live)


def test_the_role_is_checked_even_when_batch_ignores_the_filter() -> None:
    jobs = [
        {"name": "nf-abcdef01-1", "labels": {"sluice-run": RUN_ID, "sluice-role": "task"}},
        {"name": "nf-abcdef03-1", "labels": {"sluice-run": RUN_ID}},
        {"name": "nf-abcdef04-1"},
    ]
    with answering([("GET", f"/v1/{PARENT}/jobs", lambda _call: {"jobs": jobs})]) as batch:
        assert [job.name for job in batch.live_jobs()] == ["nf-abcdef01-1"]


def test_the_label_is_checked_even_when_batch_ignores_the_filter() -> None:
    jobs = [
        {"name": "nf-abcdef01-1", "labels": {"sluice-run": RUN_ID}},
        {"name": "nf-abcdef03-1", "labels": {"sluice-run": "run-00000000"}},
        {"name": "nf-abcdef04-1"},
    ]
    with answering([("GET", f"/v1/{PARENT}/jobs", lambda _call: {"jobs": jobs})]) as batch:
        children = list(batch.child_jobs(RUN_ID))

    assert [job.name for job in children] == ["nf-abcdef01-1"]


def test_child_jobs_are_listed_without_their_events(batch: BatchService, client: batch_v1.BatchServiceClient) -> None:
    add_job(client, "nf-abcdef01-1", {"sluice-run": RUN_ID})

    (child,) = batch.child_jobs(RUN_ID)

    assert (child.uid != "", child.labels) == (True, {"sluice-run": RUN_ID})
    assert child.state in {JobState.QUEUED, JobState.SCHEDULED}
    assert child.events == ()


def test_child_jobs_are_read_to_the_last_page() -> None:
    def page(request: Request) -> Json:
        number = int(request.args.get("pageToken", "1"))
        jobs = [{"name": f"nf-abcdef0{number}-1", "labels": {"sluice-run": RUN_ID}}]
        return {"jobs": jobs} | ({"nextPageToken": str(number + 1)} if number < 3 else {})

    with answering([("GET", f"/v1/{PARENT}/jobs", page)]) as batch:
        assert [job.name for job in batch.child_jobs(RUN_ID)] == [f"nf-abcdef0{number}-1" for number in (1, 2, 3)]


def test_child_jobs_are_found_when_batch_refuses_the_filter() -> None:
    def page(request: Request) -> Json:
        if request.args.get("filter"):
            raise ServiceError(400, "Invalid value at 'filter'")
        others = {"name": "nf-abcdef03-1", "labels": {"sluice-run": "run-00000000"}}
        return {"jobs": [others, {"name": "nf-abcdef01-1", "labels": {"sluice-run": RUN_ID}}]}

    with answering([("GET", f"/v1/{PARENT}/jobs", page)]) as batch:
        assert [job.name for job in batch.child_jobs(RUN_ID)] == ["nf-abcdef01-1"]


def test_a_listing_refused_in_every_form_raises() -> None:
    def refuse(_request: Request, **_values: str) -> Json:
        raise ServiceError(400, "no")

    with answering([("GET", f"/v1/{PARENT}/jobs", refuse)]) as batch, pytest.raises(BadRequest):
        list(batch.child_jobs(RUN_ID))


def test_every_call_raises_unavailable_when_nothing_listens() -> None:
    batch = BatchService(settings_for(f"http://127.0.0.1:{free_port()}"))

    name = batch.job_name(PLAN.job_id)

    with pytest.raises(UnavailableError):
        batch.create_job(PLAN)
    with pytest.raises(UnavailableError):
        batch.get_job(name)
    with pytest.raises(UnavailableError):
        batch.cancel_job(name)
    with pytest.raises(UnavailableError):
        list(batch.child_jobs(RUN_ID))


def test_events_are_sorted_by_time() -> None:
    events = [
        {"description": "newer", "event_time": datetime(2026, 11, 23, 12, tzinfo=UTC)},
        {"description": "older", "event_time": datetime(2026, 11, 23, 11, tzinfo=UTC)},
    ]
    job = batch_v1.Job(name="j", uid="u", labels={"a": "b"}, status={"state": "RUNNING", "status_events": events})

    read = batch_job_from(job)

    assert (read.name, read.uid, read.state) == ("j", "u", JobState.RUNNING)
    assert (read.events, read.last_event) == (("older", "newer"), "newer")
    assert read.labels == {"a": "b"}


def test_the_state_began_with_the_last_change_of_state() -> None:
    def event(hour: int, text: str) -> Json:
        return {"description": text, "event_time": datetime(2026, 11, 23, hour, tzinfo=UTC)}

    events = [
        event(13, "no machine"),
        event(12, "Job state is set from RUNNING to FAILED for job j."),
        event(11, "Job state is set from SCHEDULED to RUNNING for job j."),
    ]
    job = batch_v1.Job(name="j", status={"state": "FAILED", "status_events": events})

    assert batch_job_from(job).state_since == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_job_without_events_has_no_last_event() -> None:
    read = batch_job_from(
        batch_v1.Job(name="j", status={"status_events": [{"description": "Job state is set from A to B"}]})
    )
    assert read.state_since is None
    read = batch_job_from(batch_v1.Job(name="j"))
    assert (read.last_event, read.state_since) == (None, None)


@pytest.mark.parametrize("state", batch_v1.JobStatus.State)
def test_every_state_of_the_client_library_is_known(state: batch_v1.JobStatus.State) -> None:
    read = batch_job_from(batch_v1.Job(status={"state": state}))

    assert read.state.value == state.value
    assert read.state.name == state.name or state.value == 0


def test_a_new_state_of_batch_is_unknown() -> None:
    assert batch_job_from(batch_v1.Job(status={"state": 99})).state == JobState.UNKNOWN


def test_an_empty_plan_is_a_valid_job_request() -> None:
    bare = LaunchPlan(job_id="j", labels={}, commands=(), environment={}, volumes=())

    assert batch_v1.Job(job_request(bare, SETTINGS)).task_groups[0].task_count == 1
