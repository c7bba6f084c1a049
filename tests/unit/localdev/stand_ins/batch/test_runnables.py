"""Commands and environments of runnables."""

import os
from pathlib import Path

import pytest

from localdev.stand_ins.batch.runnables import ImageUnknownError, Machine, command_of, environment_of, with_folders
from localdev.stand_ins.http.messages import Json

FOLDERS = {"/mnt/disks/logs": Path("/stack/volume-1"), "/mnt/disks": Path("/stack/volume-0")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/mnt/disks/logs", "/stack/volume-1"),
        ("cp a /mnt/disks/logs/b", "cp a /stack/volume-1/b"),
        ("/mnt/disks/logs-of-others", "/mnt/disks/logs-of-others".replace("/mnt/disks/", "/stack/volume-0/")),
        ("gs://bucket/mnt", "gs://bucket/mnt"),
    ],
)
def test_mount_paths_are_replaced_by_folders(text: str, found: str) -> None:
    assert with_folders(text, FOLDERS) == found


@pytest.mark.parametrize("image", ["nextflow/nextflow:25.10.4", "docker.io/nextflow/nextflow", "eu.example/nextflow:1"])
def test_a_nextflow_image_runs_its_commands(image: str) -> None:
    runnable: Json = {"container": {"imageUri": image, "commands": ["/bin/bash", "/mnt/disks/launch.sh"]}}

    assert command_of(runnable, FOLDERS) == ["/bin/bash", "/stack/volume-0/launch.sh"]


def test_the_entrypoint_precedes_the_commands() -> None:
    runnable: Json = {
        "container": {"imageUri": "nextflow/nextflow", "entrypoint": "/bin/sh", "commands": ["-c", "true"]}
    }

    assert command_of(runnable, {}) == ["/bin/sh", "-c", "true"]


def test_other_images_are_refused() -> None:
    with pytest.raises(ImageUnknownError):
        command_of({"container": {"imageUri": "ubuntu:22.04"}}, {})


def test_later_variables_win_and_their_mount_paths_are_replaced() -> None:
    given: list[Json] = [{"variables": {"A": "1", "LOGS": "/mnt/disks/logs"}}, {"variables": {"A": "2"}}]

    variables = environment_of(Machine({"HOME": "/root"}), given, FOLDERS)

    assert variables == {"HOME": "/root", "A": "2", "LOGS": "/stack/volume-1"}


def test_the_simulator_is_first_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEXTFLOW", raising=False)

    machine = Machine.of_this_stack(tmp_path, storage_url="http://s", batch_url="http://b")

    first = Path(machine.variables["PATH"].split(os.pathsep)[0])
    assert first.parts[-3:] == ("localdev", "nextflow_simulator", "bin")
    assert os.access(first / "nextflow", os.X_OK)
    assert (machine.variables["STORAGE_EMULATOR_HOST"], machine.variables["BATCH_ENDPOINT"]) == ("http://s", "http://b")


def test_the_variable_nextflow_chooses_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTFLOW", "/bin/true")

    machine = Machine.of_this_stack(tmp_path, storage_url="http://s", batch_url="http://b")

    chosen = Path(machine.variables["PATH"].split(os.pathsep)[0]) / "nextflow"
    assert chosen.resolve() == Path("/bin/true").resolve()
