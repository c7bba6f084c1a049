"""The environment variables of each part of the local stack; in a deployment Terraform sets them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from localdev.stack import layout
from localdev.stack.layout import HOST, StackError
from localdev.stack.ports import Ports
from localdev.stack.secret import StackSecret
from localdev.stand_ins.benchling.address import reader_url
from localdev.stand_ins.mail.address import CERTIFICATE, MAIL_USER
from localdev.stand_ins.storage.api.signed_urls import SIGNER_FILE

ROOT = Path(__file__).parents[2]
DATABASE = "sluice"
SYNC_INTERVAL_S = 1
# Prefixes of variables that would misconfigure a local function when the developer's shell sets them.
_FOREIGN = ("GOOGLE_", "CLOUDSDK_", "K_", "FUNCTION_", "GUNICORN_", "DEBUG", "PORT", "HOST", "WORKERS")
_NO_PROXY = f"{HOST},localhost"
_NAMES = (HOST, "localhost", "[::1]")  # of this machine; the stack prints and signs the first


def base_environment(machine: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of this machine, cleaned for a process of the stack."""
    kept = {name: value for name, value in machine.items() if not name.startswith(_FOREIGN)}
    return kept | own_variables()


def own_variables() -> dict[str, str]:
    """The variables that every process of the stack has, on any machine."""
    return {
        "NO_PROXY": _NO_PROXY,
        "no_proxy": _NO_PROXY,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SLUICE_PYTHON": sys.executable,  # the Python that runs the Nextflow simulator
    }


def check_nextflow(machine: Mapping[str, str] = os.environ) -> None:
    """Raise StackError when NEXTFLOW is set, but is no program."""
    chosen = machine.get("NEXTFLOW")
    if chosen and not (Path(chosen).is_file() and os.access(chosen, os.X_OK)):
        raise StackError(
            f"NEXTFLOW is {chosen}, which is not an executable file; give the path of nextflow, or leave NEXTFLOW out "
            "to use the simulator"
        )


def url(port: int) -> str:
    """The local address of `port`."""
    return f"http://{HOST}:{port}"


def origins(ports: Ports) -> str:
    """The origins of the pages at the gateway."""
    return ",".join(f"http://{name}:{ports.gateway}" for name in _NAMES)


def trigger_url(ports: Ports) -> str:
    """Where the Storage stand-in sends events of finalized objects; also the audience of its tokens."""
    return url(ports.function("bucket_watcher")) + "/"


def function_environment(name: str, ports: Ports, database_url: str, keys: Path) -> dict[str, str]:
    """The settings of the function `name`: only those it needs, as in a deployment. `keys` is the folder of keys."""
    warehouse = reader_url(ports.postgres, password=StackSecret(keys).database_password)
    database = {"DATABASE_URL": database_url, "DATABASE_POOL_SIZE": "5"}
    groups = {
        "runs": [_identity(ports), database, _buckets(ports), _queue(ports), _signer(keys)],
        "pipelines": [_identity(ports), _child_jobs()],
        "logs": [_identity(ports), database, _buckets(ports), _queue(ports), _logging(ports), _signer(keys)],
        "events": [_identity(ports), database, _buckets(ports), _logging(ports), _queue(ports)],
        "queue_worker": [
            *(_worker(ports), database, _buckets(ports), _queue(ports), _batch(ports), _logging(ports)),
            _senders(ports, keys),
        ],
        "bucket_watcher": [_watcher(ports), database, _buckets(ports), _queue(ports)],
        "users": [_identity(ports), database, _queue(ports), _exempt_receivers(ports), {"SMTP_HOST": HOST}],
        "insight": [_identity(ports), database, _buckets(ports)],
        "benchling": [_identity(ports), {"BENCHLING_URL": warehouse}],
        "console": [_identity(ports), {"STORAGE_EMULATOR_HOST": url(ports.storage)}],
    }
    settings = {"GOOGLE_CLOUD_PROJECT": layout.PROJECT, "THREADS": "8", "NETRC": str(StackSecret(keys).netrc_of(name))}
    for group in groups[name]:
        settings |= group
    return settings


def _identity(ports: Ports) -> dict[str, str]:
    return {
        "IAP_AUDIENCE": layout.IAP_AUDIENCE,
        "IAP_KEYS_URL": url(ports.gateway) + "/_iap/keys",
        "HOSTED_DOMAIN": layout.HOSTED_DOMAIN,
        "ADMIN_EMAILS": layout.ADMIN,
        "PUBLIC_ORIGINS": origins(ports),
    }


def _service(ports: Ports, audience: str, *callers: str) -> dict[str, str]:
    return {
        "SERVICE_AUDIENCE": audience,
        "SERVICE_CALLERS": ",".join(callers),
        "OIDC_CERTS_URL": url(ports.tasks) + "/certs",
    }


def _worker(ports: Ports) -> dict[str, str]:
    audience = url(ports.function("queue_worker"))
    return _service(ports, audience, layout.TASKS_CALLER, layout.SCHEDULER_CALLER)


def _watcher(ports: Ports) -> dict[str, str]:
    return _service(ports, trigger_url(ports), layout.EVENTS_CALLER)


def _buckets(ports: Ports) -> dict[str, str]:
    return {
        "RUNS_BUCKET": layout.RUNS_BUCKET,
        "LOGS_BUCKET": layout.LOGS_BUCKET,
        "WORK_BUCKET": layout.WORK_BUCKET,
        "STORAGE_EMULATOR_HOST": url(ports.storage),
    }


def _signer(keys: Path) -> dict[str, str]:
    """The service account for google.auth, because there is no metadata server here."""
    return {"GOOGLE_APPLICATION_CREDENTIALS": str(keys / SIGNER_FILE)}


def _logging(ports: Ports) -> dict[str, str]:
    return {"TASK_OUTPUT_VIEW": layout.TASK_OUTPUT_VIEW, "LOGGING_ENDPOINT": url(ports.logging)}


def _queue(ports: Ports) -> dict[str, str]:
    worker = url(ports.function("queue_worker"))
    return {
        "WORK_QUEUE": layout.QUEUE,
        "ARCHIVE_QUEUE": layout.ARCHIVE_QUEUE,
        "WORKER_URL": worker,
        "WORKER_AUDIENCE": worker,
        "WORKER_CALLER": layout.TASKS_CALLER,
        "TASKS_ENDPOINT": url(ports.tasks),
    }


def _child_jobs() -> dict[str, str]:
    return {"BATCH_LOCATION": layout.REGION, "TASK_JOB_SERVICE_ACCOUNT": layout.TASK_JOB_ACCOUNT}


def _batch(ports: Ports) -> dict[str, str]:
    return _child_jobs() | {
        "BATCH_ENDPOINT": url(ports.batch),
        "HEAD_JOB_IMAGE": "nextflow/nextflow:25.10.4",
        "HEAD_JOB_SERVICE_ACCOUNT": layout.HEAD_JOB_ACCOUNT,
        "SYNC_INTERVAL_S": str(SYNC_INTERVAL_S),
    }


def _senders(ports: Ports, keys: Path) -> dict[str, str]:
    user, password = StackSecret(keys).login_of(MAIL_USER)
    return {
        "SITE_URL": url(ports.gateway),
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(ports.mail),
        "SMTP_USER": user,
        "SMTP_PASSWORD": password,
        "SMTP_FROM": f"Sluice <sluice@{layout.HOSTED_DOMAIN}>",
        "TRUSTED_CERTIFICATES": str(keys / CERTIFICATE),
    } | _exempt_receivers(ports)


def _exempt_receivers(ports: Ports) -> dict[str, str]:
    """Where the developer's own receiver of webhooks may listen."""
    return {"EXEMPT_RECEIVERS": url(ports.receiver)}
