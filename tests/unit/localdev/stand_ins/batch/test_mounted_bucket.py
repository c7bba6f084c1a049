"""A folder that stands for a mounted bucket."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localdev.stand_ins.batch.mounted_bucket import MountedBucket
from localdev.stand_ins.batch.torn_copies import TornCopies, count_torn_copies
from localdev.stand_ins.storage.client import ObjectClient
from tests.unit.localdev.stand_ins.batch.conftest import Laboratory

BUCKET, PREFIX = "sluice-logs", "runs/run-1/logs/"


@pytest.fixture
def mounted(objects: ObjectClient, tmp_path: Path) -> Iterator[MountedBucket]:
    objects.write(BUCKET, f"{PREFIX}before.txt", b"was there")
    objects.write(BUCKET, f"{PREFIX}deep/er.txt", b"below")
    objects.write(BUCKET, "runs/run-10/logs/other.txt", b"of another run")
    mounted = MountedBucket(objects, f"{BUCKET}/{PREFIX}", tmp_path / "mount", read_only=False)
    mounted.mount()
    yield mounted
    mounted.unmount()


def until_written(objects: ObjectClient, name: str, text: bytes) -> None:
    deadline = time.monotonic() + 60
    while not (name in objects.names(BUCKET, name) and objects.read(BUCKET, name) == text):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_objects_below_the_path_become_files(mounted: MountedBucket, tmp_path: Path) -> None:
    files = {
        path.relative_to(tmp_path / "mount").as_posix() for path in (tmp_path / "mount").rglob("*") if path.is_file()
    }

    assert files == {"before.txt", "deep/er.txt"}


def test_a_written_file_becomes_an_object_while_mounted(
    mounted: MountedBucket, objects: ObjectClient, tmp_path: Path
) -> None:
    (tmp_path / "mount" / "nextflow.log").write_text("first")
    until_written(objects, f"{PREFIX}nextflow.log", b"first")

    (tmp_path / "mount" / "nextflow.log").write_text("first second")

    until_written(objects, f"{PREFIX}nextflow.log", b"first second")


def test_unmounting_uploads_the_last_files(objects: ObjectClient, tmp_path: Path) -> None:
    mounted = MountedBucket(objects, f"{BUCKET}/{PREFIX}", tmp_path / "mount", read_only=False)
    mounted.mount()

    (tmp_path / "mount" / "exit_code").write_text("0\n")
    mounted.unmount()

    assert objects.read(BUCKET, f"{PREFIX}exit_code") == b"0\n"


def test_a_lost_machine_uploads_nothing(objects: ObjectClient, tmp_path: Path) -> None:
    mounted = MountedBucket(objects, f"{BUCKET}/{PREFIX}", tmp_path / "mount", read_only=False)
    mounted.mount()

    (tmp_path / "mount" / "exit_code").write_text("0\n")
    mounted.unmount(lost=True)

    assert list(objects.names(BUCKET, PREFIX)) == []


def test_a_read_only_mount_writes_nothing(objects: ObjectClient, tmp_path: Path) -> None:
    mounted = MountedBucket(objects, f"{BUCKET}/{PREFIX}", tmp_path / "mount", read_only=True)
    mounted.mount()

    (tmp_path / "mount" / "scribble").write_text("no")
    mounted.unmount()

    assert list(objects.names(BUCKET, PREFIX)) == []


def test_unchanged_files_are_not_uploaded(objects: ObjectClient, mounted: MountedBucket, tmp_path: Path) -> None:
    mounted.unmount()

    assert not mounted._uploaded.keys() - {"before.txt", "deep/er.txt"}
    assert objects.read(BUCKET, f"{PREFIX}before.txt") == b"was there"


class Writes(ObjectClient):
    """Keeps the sizes of all written objects."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.sizes: list[int] = []

    def write(self, bucket: str, name: str, data: bytes, content_type: str = "text/plain") -> None:
        self.sizes.append(len(data))
        super().write(bucket, name, data, content_type)


def test_a_torn_copy_is_followed_by_a_whole_one(lab: Laboratory, tmp_path: Path) -> None:
    objects, torn = Writes(lab.storage.url), TornCopies(tmp_path, 1.0)
    mounted = MountedBucket(objects, f"{BUCKET}/{PREFIX}", tmp_path / "mount", read_only=False, torn=torn)
    mounted.mount()

    (tmp_path / "mount" / "nextflow.log").write_text("first second")
    mounted.unmount()

    first, second = objects.sizes
    assert first < second == len("first second")
    assert objects.read(BUCKET, f"{PREFIX}nextflow.log") == b"first second"
    assert count_torn_copies(tmp_path) == 1
    objects.close()


def test_a_job_reads_its_volumes_and_ends_after_its_files_are_uploaded(lab: Laboratory, objects: ObjectClient) -> None:
    objects.write("sluice-runs", "runs/run-1/inputs/samplesheet.csv", b"sample\n")
    volumes = [
        {
            "gcs": {"remote_path": "sluice-runs/runs/run-1/inputs/"},
            "mount_path": "/mnt/disks/inputs",
            "mount_options": ["-o ro"],
        },
        {"gcs": {"remote_path": "sluice-logs/runs/run-1/logs/"}, "mount_path": "/mnt/disks/logs"},
    ]
    variables = {"LOGS_DIR": "/mnt/disks/logs"}
    lab.create(
        "a",
        'cp /mnt/disks/inputs/samplesheet.csv "$LOGS_DIR/copy"',
        volumes=volumes,
        environment={"variables": variables},
    )

    job = lab.ended("a")

    assert job.status.state.name == "SUCCEEDED"
    assert objects.read(BUCKET, f"{PREFIX}copy") == b"sample\n"


def test_a_volume_of_a_missing_bucket_fails_the_job(lab: Laboratory) -> None:
    lab.create("a", "true", volumes=[{"gcs": {"remote_path": "no-such-bucket/x/"}, "mount_path": "/mnt/disks/x"}])

    job = lab.ended("a")

    assert job.status.state.name == "FAILED"
    assert "volume could not be mounted" in job.status.status_events[-1].description
