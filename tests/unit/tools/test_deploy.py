"""tools/deploy.sh, with programs in the place of terraform and gcloud that only write down what they are asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = {
    "terraform/env/dev.tfvars": 'project_id = "lab-dev"\nregion     = "europe-west4"\n',
    "functions/runs/main.py": "",
    "functions/runs/requirements.txt": "flask==1\nsqlalchemy==2\n",
    "functions/pipelines/main.py": "",
    "functions/pipelines/requirements.txt": "flask==1\n",
    "dist/runs.zip": "",
    "dist/pipelines.zip": "",
    "common/errors.py": "",
    "migrations/job.py": "",
}
RECORDER = '#!/bin/bash\necho "$(basename "$0") $*" >> "$CALLS"\ncase "$*" in *"images describe"*) exit 1;; esac\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "project" / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "deploy.sh", tmp_path / "project" / "tools")
    (tmp_path / "bin").mkdir()
    return tmp_path / "project"


def with_programs(project: Path, *names: str) -> None:
    for name in names:
        program = project.parent / "bin" / name
        program.write_text(RECORDER)
        program.chmod(0o755)


def deploy(project: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    own = f"{project.parent / 'bin'}:{os.environ['PATH']}" if path is None else path
    return subprocess.run(
        [shutil.which("bash") or "bash", "tools/deploy.sh", *arguments],
        cwd=project, env={"PATH": own, "CALLS": str(project.parent / "calls")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def calls(project: Path) -> list[str]:
    """What was asked for, in order: the steps that change something."""
    lines = (project.parent / "calls").read_text().splitlines()
    return [line for line in lines if " apply " in line or " execute " in line or " submit " in line]


def test_migrations_run_before_the_functions_and_what_has_to_wait_after_them(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "deploy", "dev")
    assert ran.returncode == 0, ran.stderr
    accounts, image, job, pre, functions, post = calls(project)
    assert "google_artifact_registry_repository_iam_member.grant" in accounts
    assert "migrations/cloudbuild.yaml" in image
    assert "-target=google_cloud_run_v2_job.migrate" in job
    assert "--args=pre" in pre
    assert "-target" not in functions
    assert "--args=post" in post
    assert "europe-west4-docker.pkg.dev/lab-dev/sluice/migrate:" in functions


def test_one_function_is_deployed_alone_but_not_before_its_migrations(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", "runs").returncode == 0
    *_before, pre, function, _post = calls(project)
    assert "--args=pre" in pre
    assert 'google_cloudfunctions2_function.function["runs"]' in function


def test_a_function_without_a_database_waits_for_no_migration(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", "pipelines").returncode == 0
    (only,) = calls(project)
    assert 'google_cloudfunctions2_function.function["pipelines"]' in only


def test_a_plan_changes_nothing_and_needs_no_gcloud(project: Path) -> None:
    with_programs(project, "terraform")
    ran = deploy(project, "plan", "dev", "runs")
    assert ran.returncode == 0, ran.stderr
    assert calls(project) == []
    assert " plan " in (project.parent / "calls").read_text()


def test_a_missing_program_is_named_with_the_place_where_it_is_found(project: Path) -> None:
    (project.parent / "bin" / "dirname").symlink_to(shutil.which("dirname") or "")
    ran = deploy(project, "plan", "dev", path=str(project.parent / "bin"))
    assert ran.returncode == 1
    assert "This needs terraform. Install it from https://developer.hashicorp.com" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plan", "test"), "There is no terraform/env/test.tfvars"),
        (("plan", "dev", "rnus"), "There is no function rnus"),
    ],
)
def test_what_is_not_there_is_told(project: Path, arguments: tuple[str, ...], told: str) -> None:
    with_programs(project, "terraform")
    ran = deploy(project, *arguments)
    assert ran.returncode == 1
    assert told in ran.stderr


def test_an_unpacked_function_is_told(project: Path) -> None:
    with_programs(project, "terraform")
    (project / "dist" / "runs.zip").unlink()
    assert "There is no dist/runs.zip; run: make pack" in deploy(project, "plan", "dev").stderr
