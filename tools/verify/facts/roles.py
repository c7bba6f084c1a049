"""Each service account has the permissions of its roles in terraform/iam.tf."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localdev.iam.access import GRANTS, Grant, read_grants
from localdev.iam.roles import PERMISSIONS
from localdev.stack import layout
from tools.pack_function.imports import ROOT
from tools.verify.deployment import Deployment, GoogleApi, ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import FaultError, Held, NotTriedError, Outcome

_BUCKET: Final = "projects/_/buckets/"
_IAM_TF: Final = ROOT / "terraform/iam.tf"


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource of the deployment: the service that has it, its path there, and its name in terraform/iam.tf."""

    service: str
    path: str
    target: str


def accounts_have_their_roles(subject: Subject) -> Outcome:
    """Ask Google, as each account, for each permission; a missing one is named with its line of Terraform.

    Grants with a condition on names are another fact's, because testIamPermissions asks about the whole bucket.
    """
    tried = 0
    for account, grants in read_grants(GRANTS.read_text(encoding="utf-8")).items():
        for grant in grants:
            if grant.condition:
                continue
            for resource in _resources(subject.deployment, grant):
                tried += len(PERMISSIONS[grant.role])
                _require(subject.deployment, account, grant, resource)
    return Held(f"{tried} permissions")


def _require(deployment: Deployment, account: str, grant: Grant, resource: _Resource) -> None:
    asked = sorted(PERMISSIONS[grant.role])
    held = _held(deployment.google(resource.service, account), resource, asked)
    missing = [permission for permission in asked if permission not in held]
    if missing:
        line = line_of(account, resource.target)
        raise FaultError(
            f"{deployment.email_of(account)} lacks {', '.join(missing)} on {resource.path}",
            f"what the account {account} does there is refused (403)",
            f"make deploy applies terraform/iam.tf:{line}, where grants.{account} must have {resource.target} = "
            f'["{grant.role}"]; Google needs some minutes to apply a new grant',
        )


def _held(api: GoogleApi, resource: _Resource, asked: list[str]) -> list[str]:
    try:
        if resource.service == "storage":
            answer = api.get(f"/storage/v1/b/{resource.path}/iam/testPermissions", permissions=asked)
        else:
            version = {"cloudtasks": "v2", "logging": "v2", "cloudresourcemanager": "v1", "iam": "v1"}[resource.service]
            answer = api.post(f"/{version}/{resource.path}:testIamPermissions", {"permissions": asked})
    except ServiceRefusedError as error:
        if error.status != 404:
            raise NotTriedError(
                f"{error}; who verifies needs roles/iam.serviceAccountTokenCreator on each account"
            ) from error
        raise FaultError(f"{resource.path}: {error}", "the resource does not exist", "make deploy") from error
    held: list[str] = answer.get("permissions", [])
    return held


def _resources(deployment: Deployment, grant: Grant) -> Iterator[_Resource]:
    """The resources of this deployment that correspond to the local one of a grant."""
    settings = deployment.settings("queue_worker")
    name = grant.resource.removeprefix(_BUCKET)
    buckets = {layout.RUNS_BUCKET: "RUNS_BUCKET", layout.LOGS_BUCKET: "LOGS_BUCKET", layout.WORK_BUCKET: "WORK_BUCKET"}
    queues = {layout.QUEUE: "WORK_QUEUE", layout.ARCHIVE_QUEUE: "ARCHIVE_QUEUE"}
    if name in buckets:
        yield _Resource("storage", settings[buckets[name]], buckets[name].lower())
    elif name == layout.LAB_BUCKET:
        yield from (_Resource("storage", bucket, "data_buckets") for bucket in deployment.data_buckets())
    elif name in queues:
        yield _Resource("cloudtasks", settings[queues[name]], "queue")
    elif name == layout.TASK_OUTPUT_VIEW:
        yield _Resource("logging", settings["TASK_OUTPUT_VIEW"], "task_output")
    elif "/serviceAccounts/" in name:
        account = name.rpartition("/")[2].partition("@")[0].replace("-", "_")
        target = f"{account}_account" if account in {"tasks", "head_job", "task_job"} else "itself"
        path = f"projects/{deployment.project}/serviceAccounts/{deployment.email_of(account)}"
        yield _Resource("iam", path, target)
    else:
        yield _Resource("cloudresourcemanager", f"projects/{deployment.project}", "project")


def line_of(account: str, target: str) -> int:
    """The line of a grant in terraform/iam.tf; that of its account if the grant is not there."""
    lines = _IAM_TF.read_text(encoding="utf-8").splitlines()
    begin = lines.index("  grants = {")
    first = next(at for at, line in enumerate(lines) if at > begin and line.split(" ")[4:5] == [account])
    for at in range(first + 1, len(lines)):
        if lines[at].startswith("    }"):
            break
        if lines[at].split("=")[0].strip() == target:
            return at + 1
    return first + 1
