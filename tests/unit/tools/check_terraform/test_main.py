from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.unit.tools.check_terraform.provider import small_provider
from tools.check_terraform.__main__ import faults_of, layout_faults
from tools.check_terraform.package import pinned_version, provider_sources
from tools.check_terraform.places import DATA_SOURCES, RESOURCES


def test_files_and_values_of_a_folder_are_checked_together(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "a" {\n}\nresource "google_storage_bucket" "b" {\n  name = var.a\n}\n')
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "dev.tfvars").write_text('b = "x"\n')
    assert [str(fault) for fault in faults_of(tmp_path, small_provider())] == [
        "main.tf:3: google_storage_bucket.b needs location",
        "env/dev.tfvars:1: there is no variable b",
        "env/dev.tfvars:1: the variable a has no default and is not set",
    ]


def test_without_a_terraform_program_the_layout_is_not_had_rather_than_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert layout_faults(tmp_path) is None


def test_the_package_is_not_fetched_again_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with ZipFile(tmp_path / f"pulumi_gcp-{pinned_version()}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pulumi_gcp/storage/bucket.py", "class BucketArgs: ...")
    sources = provider_sources(tmp_path)
    assert sources.read("storage/bucket.py") == "class BucketArgs: ..."
    assert sources.read("storage/nothing.py") is None


def test_each_resource_has_one_place() -> None:
    assert len(set(RESOURCES.values())) == len(RESOURCES)
    assert all(place.count(":") == 1 for place in [*RESOURCES.values(), *DATA_SOURCES.values()])
