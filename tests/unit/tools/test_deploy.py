"""tools/deploy.sh, with stubs for terraform and gcloud that record their calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = {
    "terraform/env/dev.tfvars": 'project_id = "lab-dev"\nregion     = "europe-west4"\ndomain = "sluice.lab.example"\n',
    "functions/runs/main.py": "",
    "functions/runs/requirements.txt": "flask==1\nsqlalchemy==2\n",
    "functions/pipelines/main.py": "",
    "functions/pipelines/requirements.txt": "flask==1\n",
    "dist/runs.zip": "",
    "dist/pipelines.zip": "",
    "common/errors.py": "",
    "migrations/job.py": "",
    "functions/queue_worker/main.py": "",
    "functions/queue_worker/requirements.txt": "flask==1\nsqlalchemy==2\n",
    "dist/queue_worker.zip": "",
    "headjob/Dockerfile": "",
    "headjob/plugins.tsv": "",
    "headjob/launch.sh": "",
}
DIGEST = "sha256:" + "a" * 64
AUDIENCE = "/projects/123/global/backendServices/456"
RECORDER = """#!/bin/bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  *"images describe"*"value(image_summary.digest)"*) echo "$DIGEST" ;;
  *"images describe"*) exit 1 ;;
  *"builds submit"*headjob*) [ -z "$BUILD_LOG" ] || exit 1 ;;
  *"builds list"*) echo build-1 ;;
  *"logging read"*build-1*) echo "$BUILD_LOG" ;;
  *"output -raw gateway_audience"*) if grep -q " apply " "$CALLS"; then echo "$AFTER"; else echo "$BEFORE"; fi ;;
  *"secrets list"*) echo "benchling-url smtp-password" ;;
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
    project: Path,
    *arguments: str,
    path: str | None = None,
    versions: str = "1",
    jobs: str = "",
    state: str = "",
    digest: str = DIGEST,
    audiences: tuple[str, str] = (AUDIENCE, AUDIENCE),  # in the state, before and after the first change
    build_log: str = "",  # newest line first, as Cloud Logging sends it; a build with a log fails
    check: str = "",
) -> subprocess.CompletedProcess[str]:
    own = f"{project.parent / 'bin'}:{os.environ['PATH']}" if path is None else path
    return subprocess.run(
        [shutil.which("bash") or "bash", "tools/deploy.sh", *arguments],
        cwd=project,
        env={
            "PATH": own, "CALLS": str(project.parent / "calls"), "VERSIONS": versions, "JOBS": jobs, "STATE": state,
            "DIGEST": digest, "BEFORE": audiences[0], "AFTER": audiences[1], "BUILD_LOG": build_log, "CHECK": check,
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def calls(project: Path) -> list[str]:
    """The recorded calls that change something, in order."""
    lines = (project.parent / "calls").read_text().splitlines()
    return [line for line in lines if any(f" {verb} " in line for verb in ("apply", "execute", "submit", "destroy"))]


def test_pre_migrations_run_before_the_functions_and_post_migrations_after(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "deploy", "dev")
    assert ran.returncode == 0, ran.stderr
    accounts, image, job, pre, head_image, functions, post = calls(project)
    assert "google_artifact_registry_repository_iam_member.grant" in accounts
    assert "migrations/cloudbuild.yaml" in image
    assert "-target=google_cloud_run_v2_job.migrate" in job
    assert "--args=pre" in pre
    assert "headjob/cloudbuild.yaml" in head_image
    assert "-target" not in functions
    assert "--args=post" in post
    assert "europe-west4-docker.pkg.dev/lab-dev/sluice/migrate:" in functions
    assert "Sluice is deployed" in ran.stdout
    assert "make verify HOST=sluice.lab.example" in ran.stdout


def values_given(call: str, variable: str) -> list[str]:
    """The values of a variable in a call of Terraform, of which it takes the last."""
    return [word.partition(f"{variable}=")[2] for word in call.split() if f"-var={variable}=" in word]


def test_the_migration_job_runs_the_image_that_was_built_by_its_digest(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev").returncode == 0
    (job,) = [call for call in calls(project) if "google_cloud_run_v2_job.migrate" in call]
    assert values_given(job, "migrations_image")[-1] == f"europe-west4-docker.pkg.dev/lab-dev/sluice/migrate@{DIGEST}"


def test_a_deploy_without_the_digest_of_the_migrations_stops(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "deploy", "dev", digest="")
    assert ran.returncode == 1
    assert "does not tell the digest of europe-west4-docker.pkg.dev/lab-dev/sluice/migrate:" in ran.stderr
    assert not [call for call in calls(project) if "google_cloud_run_v2_job.migrate" in call]


def test_a_first_deploy_ends_with_the_check_of_tokens_in_the_gateway(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", audiences=("", AUDIENCE)).returncode == 0
    everything, gateway = [call for call in calls(project) if " apply " in call][-2:]
    assert "-target" not in everything
    assert values_given(everything, "gateway_audience") == [""]
    assert "-target=google_api_gateway_gateway.this" in gateway
    assert values_given(gateway, "gateway_audience")[-1] == AUDIENCE


def test_later_deploys_and_plans_keep_the_check_of_tokens(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    for action in ("plan", "deploy"):
        assert deploy(project, action, "dev").returncode == 0
    for call in (project.parent / "calls").read_text().splitlines():
        if " apply " in call or " plan " in call:
            assert values_given(call, "gateway_audience") == [AUDIENCE]


def test_an_answer_of_terraform_that_is_no_audience_is_not_used(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", audiences=("", "Warning: No outputs found")).returncode == 0
    assert not [call for call in calls(project) if "google_api_gateway_gateway.this" in call]


def test_a_single_function_is_deployed_after_the_pre_migrations(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", "runs").returncode == 0
    *_before, pre, function, _post = calls(project)
    assert "--args=pre" in pre
    assert 'google_cloudfunctions2_function.function["runs"]' in function


def test_head_jobs_run_in_the_image_that_was_built_by_its_digest(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", "queue_worker").returncode == 0
    *_before, build, worker, _post = calls(project)
    (tagged,) = [word for word in build.split() if "_IMAGE=" in word]
    assert "/lab-dev/sluice/nextflow:" in tagged
    assert values_given(worker, "head_job_image")[-1] == f"europe-west4-docker.pkg.dev/lab-dev/sluice/nextflow@{DIGEST}"


def test_the_script_of_a_run_is_no_part_of_the_image(project: Path) -> None:
    with_programs(project, "terraform")
    images = []
    for path, text in (("launch.sh", "x"), ("plugins.tsv", "x")):
        (project / "headjob" / path).write_text(text)
        deploy(project, "plan", "dev")
        images += values_given((project.parent / "calls").read_text().splitlines()[-1], "head_job_image")
    unchanged, changed = images
    assert unchanged != changed
    (project / "headjob" / "launch.sh").write_text("y")
    deploy(project, "plan", "dev")
    assert values_given((project.parent / "calls").read_text().splitlines()[-1], "head_job_image") == [changed]


def test_a_build_that_fails_shows_its_log_and_stops_the_deploy(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "deploy", "dev", build_log="  nf-google@1.23.5: 5d41 (now: -)\nThese checksums are not those")
    assert ran.returncode == 1
    assert "These checksums are not those\n  nf-google@1.23.5: 5d41 (now: -)" in ran.stderr
    assert "headjob/cloudbuild.yaml" in calls(project)[-1]


def test_an_image_that_the_values_name_is_not_built(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    with (project / "terraform/env/dev.tfvars").open("a") as values:
        values.write('head_job_image = "nextflow/nextflow:25.10.4"\n')
    assert deploy(project, "deploy", "dev").returncode == 0
    assert not any("headjob" in call or values_given(call, "head_job_image") for call in calls(project))


def test_a_function_without_a_database_runs_no_migration(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "deploy", "dev", "pipelines").returncode == 0
    (only,) = calls(project)
    assert 'google_cloudfunctions2_function.function["pipelines"]' in only


def test_secrets_without_a_value_stop_the_deploy_early_and_are_named_together(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "deploy", "dev", versions="")
    assert ran.returncode == 1
    for secret in ("benchling-url", "smtp-password"):
        assert f"The secret {secret} has no value yet" in ran.stderr
        assert f"gcloud secrets versions add {secret} --project=lab-dev" in ran.stderr
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


def test_deletion_protection_is_switched_off_before_destroying(project: Path) -> None:
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


def test_destroying_again_creates_nothing(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, "destroy", "dev", state="google_compute_network.this").returncode == 0
    (only,) = calls(project)
    assert " destroy " in only


def test_nothing_is_destroyed_while_jobs_are_running(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    ran = deploy(project, "destroy", "dev", state=STATE, jobs="sluice-run-1a2b3c4d")
    assert ran.returncode == 1
    assert "Cancel their runs first: sluice-run-1a2b3c4d" in ran.stderr
    assert calls(project) == []


@pytest.mark.parametrize("action", ["plan", "deploy", "destroy"])
def test_each_environment_has_its_own_state(project: Path, action: str) -> None:
    with_programs(project, "terraform", "gcloud")
    assert deploy(project, action, "dev").returncode == 0
    first = (project.parent / "calls").read_text().splitlines()[0]
    assert first.endswith("init -input=false -reconfigure -backend-config=bucket=lab-dev-sluice-state")


def test_values_without_a_project_are_refused(project: Path) -> None:
    with_programs(project, "terraform")
    (project / "terraform/env/dev.tfvars").write_text('domain = "x"\n')
    assert "dev.tfvars must have a line project_id" in deploy(project, "plan", "dev").stderr


def test_a_plan_changes_nothing_and_needs_no_gcloud(project: Path) -> None:
    with_programs(project, "terraform")
    ran = deploy(project, "plan", "dev", "runs")
    assert ran.returncode == 0, ran.stderr
    assert calls(project) == []
    assert " plan " in (project.parent / "calls").read_text()


def test_a_missing_program_is_named_with_its_install_page(project: Path) -> None:
    (project.parent / "bin" / "dirname").symlink_to(shutil.which("dirname") or "")
    ran = deploy(project, "plan", "dev", path=str(project.parent / "bin"))
    assert ran.returncode == 1
    assert "terraform is not installed. Install it from https://developer.hashicorp.com" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "test"), "There is no file terraform/env/test.tfvars"),
        (("plan", "dev", "rnus"), "There is no function rnus"),
    ],
)
def test_unknown_environments_and_functions_are_refused(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    with_programs(project, "terraform")
    ran = deploy(project, *arguments)
    assert ran.returncode == 1
    assert message in ran.stderr


def test_a_function_without_a_zip_is_refused(project: Path) -> None:
    with_programs(project, "terraform")
    (project / "dist" / "runs.zip").unlink()
    assert "There is no dist/runs.zip; run: make pack" in deploy(project, "plan", "dev").stderr


def test_what_is_missing_is_said_before_the_functions_are_packed(project: Path) -> None:
    with_programs(project, "terraform", "gcloud")
    (project / "dist/runs.zip").unlink()
    assert deploy(project, "plan", "dev", check="1").returncode == 0
    wrong = deploy(project, "plan", "staging", check="1")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "no file terraform/env/staging.tfvars; ENVIRONMENT must be dev or prod" in wrong.stderr
    assert not (project.parent / "calls").exists()
