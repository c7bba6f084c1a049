from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.unit.tools.check_terraform.provider import small_provider
from tools.check_terraform.__main__ import faults_of, format_faults
from tools.check_terraform.package import pinned_version, provider_sources
from tools.check_terraform.places import DATA_SOURCES, RESOURCES


def test_files_and_values_of_a_folder_are_checked_together(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "a" {\n}\nresource "google_storage_bucket" "b" {\n  name = var.a\n}\n')
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "dev.tfvars").write_text('b = "x"\n')
    assert [str(fault) for fault in faults_of(tmp_path, small_provider())] == [
        "main.tf:3: google_storage_bucket.b needs location",
        "env/dev.tfvars:1: variable b is not declared",
        "env/dev.tfvars:1: variable a has no default and must be set",
    ]


def test_the_format_is_not_checked_without_terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert format_faults(tmp_path) is None


def test_an_existing_package_is_not_downloaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with ZipFile(tmp_path / f"pulumi_gcp-{pinned_version()}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("pulumi_gcp/storage/bucket.py", "class BucketArgs: ...")
    sources = provider_sources(tmp_path)
    assert sources.read("storage/bucket.py") == "class BucketArgs: ..."
    assert sources.read("storage/nothing.py") is None


def test_each_resource_has_one_place() -> None:
    assert len(set(RESOURCES.values())) == len(RESOURCES)
    assert all(place.count(":") == 1 for place in [*RESOURCES.values(), *DATA_SOURCES.values()])
