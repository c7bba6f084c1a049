"""checkov runs in its own environment; a stub program replaces it here."""

import shutil
from pathlib import Path

import pytest

from tools.check_terraform.weak_settings import LOCK, CheckovMissingError, weak_settings


def environment_with(folder: Path, script: str) -> Path:
    program = folder / "bin" / "checkov"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    shutil.copy(LOCK, folder)
    return folder


def test_the_report_of_checkov_is_returned(tmp_path: Path) -> None:
    environment = environment_with(tmp_path, 'echo "Check: CKV_GCP_1 in $2"; exit 1')
    assert weak_settings(Path("terraform"), environment) == "Check: CKV_GCP_1 in terraform"


def test_the_report_is_empty_if_checkov_finds_nothing(tmp_path: Path) -> None:
    assert weak_settings(Path("terraform"), environment_with(tmp_path, "echo all passed")) == ""


@pytest.mark.parametrize("lock", [None, "checkov==0.1\n"])
def test_checkov_is_reported_missing_without_the_locked_version_and_the_internet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str | None
) -> None:
    if lock:
        (environment_with(tmp_path, "exit 0") / LOCK.name).write_text(lock)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(CheckovMissingError, match="uv could not install checkov"):
        weak_settings(Path("terraform"), tmp_path / "environment" if lock is None else tmp_path)
