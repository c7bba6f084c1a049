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
RECORDER = """#!/bin/bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *"images describe"*) exit 1 ;;
  *"secrets list"*) echo benchling-url ;;
  *"versions list"*) echo "$VERSIONS" ;;
  *"batch jobs list"*) echo "$JOBS" ;;
  *"state list"*) echo "$STATE" ;;
esac
"""


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


def deploy(
    project: Path, *arguments: str, path: str | None = None, versions: str = "1", jobs: str = "", state: str = ""
) -> subprocess.CompletedProcess[str]:
    own = f"{project.parent / 'bin'}:{os.environ['PATH']}" if path is None else path
    return subprocess.run(
        [shutil.which("bash") or "bash", "tools/deploy.sh", *arguments],
        cwd=project,
        env={"PATH": own, "CALLS": str(project.parent / "calls"), "VERSIONS": versions, "JOBS": jobs, "STATE": state},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def calls(project: Path) -> list[str]:
    """What was asked for, in order: the steps that change something."""
    lines = (project.parent / "calls").read_text().splitlines()
    return [line for line in lines if any(f" {verb} " in line for verb in ("apply", "execute", "submit", "destroy"))]


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


def test_a_secret_without_a_value_stops_a_deploy_before_anything_that_takes_long(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "deploy", "dev", versions="")
    assert ran.returncode == 1
    assert "The secret benchling-url has no value yet" in ran.stderr
    assert "gcloud secrets versions add benchling-url --project=lab-dev" in ran.stderr
    (accounts,) = calls(project)
    assert "-target=google_secret_manager_secret.secret" in accounts


STATE = """data.google_project.this
google_sql_database_instance.this
google_sql_database.this
google_storage_bucket.bucket["runs_bucket"]
google_storage_bucket.sources
google_secret_manager_secret.secret["benchling_url"]
google_secret_manager_secret_iam_member.grant["x"]
"""


def test_what_is_protected_is_told_that_it_is_not_before_all_is_destroyed(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "destroy", "dev", state=STATE)
    assert ran.returncode == 0, ran.stderr
    freed, destroyed = calls(project)
    assert {word for word in freed.split() if word.startswith("-target")} == {
        "-target=google_sql_database_instance.this",
        '-target=google_storage_bucket.bucket["runs_bucket"]',
        '-target=google_secret_manager_secret.secret["benchling_url"]',
    }
    assert "-var=deletion_protection=false" in freed
    assert "-var=deletion_protection=false" in destroyed
    assert " destroy " in destroyed
    assert "-auto-approve" not in destroyed


def test_destroying_again_makes_nothing_anew(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "destroy", "dev", state="google_compute_network.this").returncode == 0
    (only,) = calls(project)
    assert " destroy " in only


def test_nothing_is_destroyed_while_jobs_go_on(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "destroy", "dev", state=STATE, jobs="sluice-run-1a2b3c4d")
    assert ran.returncode == 1
    assert "Cancel their runs first: sluice-run-1a2b3c4d" in ran.stderr
    assert calls(project) == []


@pytest.mark.parametrize("action", ["plan", "deploy", "destroy"])
def test_the_state_is_that_of_the_environment_which_is_named(project: Path, action: str) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, action, "dev").returncode == 0
    first = (project.parent / "calls").read_text().splitlines()[0]
    assert first.endswith("init -input=false -reconfigure -backend-config=bucket=lab-dev-sluice-state")


def test_values_without_a_project_are_told(project: Path) -> None:
    with_programs(project, "terraform")
    (project / "terraform/env/dev.tfvars").write_text('domain = "x"\n')
    assert "dev.tfvars has no line project_id" in deploy(project, "plan", "dev").stderr


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
