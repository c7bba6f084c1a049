"""A deployment in a project of Google Cloud, as whoever is signed in with gcloud sees it.

Addresses come from Terraform's outputs, settings from Cloud Run. Tried on stand-ins only.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import google.auth
import requests
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.impersonated_credentials import Credentials as ImpersonatedCredentials
from google.auth.transport.requests import AuthorizedSession, Request

from sluice.errors import SluiceError
from sluice.settings import Settings
from sluice.signin.choice import sign_in_for
from sluice.state import State
from tools.check_terraform.hcl import locals_in, read_text
from tools.pack_function.imports import ROOT
from tools.verify.deployment import TIMEOUT_S, GoogleApi, Json, OpenSessions, ServiceRefusedError, TimerCall
from tools.verify.outcomes import FaultError, NotTriedError

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_REVISION: Final = re.compile(r"at revision (\w+)")  # in the detail of the part `schema` of /api/status
_BALANCED: Final = frozenset({"events", "console"})  # have a backend service of their own (terraform/functions.tf)
# The variables that differ between functions (own_settings in terraform/settings.tf).
_OWN: Final = {
    "identity": {"IAP_AUDIENCE"},
    "database": {"DATABASE_USER", "DATABASE_POOL_SIZE"},
    "service": {"SERVICE_AUDIENCE", "SERVICE_CALLERS"},
}


class GoogleDeployment:
    """The deployment at https://`host`, of which the folder terraform/ has the state."""

    patience_s, timer_period_s = 3600.0, 300.0

    def __init__(
        self,
        host: str,
        outputs: Mapping[str, Any],
        *,
        session_of: Callable[[str | None], requests.Session] | None = None,
    ) -> None:
        """`outputs` are Terraform's; `session_of` makes the session of an account, or of whoever verifies."""
        self._session_of = session_of or _Signed().session_of
        self.address = f"https://{host}"
        self.functions: Mapping[str, str] = outputs["functions"]
        self.project, self.region, self._instance = str(outputs["database"]).split(":")
        name = str(urlsplit(self.functions["runs"]).hostname).partition(".")[0]
        self._number = name.rpartition("-")[2]
        self._sessions = OpenSessions()

    def close(self) -> None:
        self._sessions.close()

    def session(self) -> requests.Session:
        settings = Settings.from_environment(os.environ, self.address)
        signed_in = sign_in_for(settings, State(settings.state))
        session = self._sessions.keep(requests.Session())

        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            try:
                request.headers.update(signed_in.headers())
            except SluiceError as error:
                raise NotTriedError(str(error)) from error
            return request

        session.auth = sign
        return session

    def foreign_session(self) -> requests.Session:
        raise NotTriedError("nobody of another domain is signed in here; HOSTED_DOMAIN of each function decides")

    def anonymous_session(self) -> requests.Session:
        return self._sessions.keep(requests.Session())

    def google(self, service: str, account: str | None = None) -> GoogleApi:
        email = self.email_of(account) if account else None
        session = self._sessions.of(account or "", lambda: self._session_of(email))
        return GoogleApi(service, f"https://{service}.googleapis.com", session)

    def email_of(self, account: str) -> str:
        return f"sluice-{account.replace('_', '-')}@{self.project}.iam.gserviceaccount.com"

    def settings(self, function: str) -> Mapping[str, str]:
        variables = self._service(function)["template"]["containers"][0].get("env", [])
        return {variable["name"]: variable.get("value", "") for variable in variables}

    def needed_settings(self, function: str) -> frozenset[str]:
        tables = _tables()
        row, optional = tables["functions"][function], tables["secrets_wanted"]
        found = {variable for variable, secret in row["secrets"].items() if secret not in optional}
        found |= {"GOOGLE_CLOUD_PROJECT", "THREADS"}
        for group in row["settings"]:
            found |= set(tables["settings"].get(group, {})) | _OWN.get(group, set())
        return frozenset(found)

    def iap_audience(self, function: str) -> str:
        backend = f"sluice-{function if function in _BALANCED else 'gateway'}"
        path = f"/compute/v1/projects/{self.project}/global/backendServices/{backend}"
        return f"/projects/{self._number}/global/backendServices/{self.google('compute').get(path)['id']}"

    def notice_audience(self) -> str:
        found = self.google("pubsub").get(f"/v1/projects/{self.project}/subscriptions", pageSize=1000)
        for subscription in found.get("subscriptions", []):
            push = subscription.get("pushConfig", {})
            if str(urlsplit(push.get("pushEndpoint", "")).hostname).startswith("sluice-bucket-watcher"):
                return str(push.get("oidcToken", {}).get("audience") or push["pushEndpoint"])  # as Pub/Sub does
        return ""

    def last_timer_call(self) -> TimerCall:
        job = self.google("cloudscheduler").get(f"/v1/{self._place}/jobs/sluice-reconcile")
        if job.get("state") != "ENABLED" or "lastAttemptTime" not in job:
            return TimerCall(float("inf"), "")
        error = job.get("status", {})
        ago = datetime.now(UTC) - datetime.fromisoformat(job["lastAttemptTime"])
        return TimerCall(ago.total_seconds(), json.dumps(error) if error.get("code") else "")

    def schema_revision(self) -> str:
        answer = self.session().get(f"{self.address}/api/status", timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code != requests.codes.ok:
            raise ServiceRefusedError("/api/status", answer.status_code, answer.text[:200])
        details = {part["part"]: part["detail"] for part in answer.json()["parts"]}
        if details["schema"] is None:
            raise NotTriedError(
                "only administrators (admin_emails in terraform/env) learn the revision; the last migration: "
                f"gcloud run jobs executions list --job=sluice-migrate --region={self.region}"
            )
        if found := _REVISION.match(details["schema"]):
            return found[1]
        raise FaultError(
            f"GET /api/status says of the database: {details['database'] or details['schema'] or 'nothing'}",
            "functions do not reach the database, or it has no tables",
            f"gcloud sql instances describe {self._instance}; make deploy runs the migrations",
        )

    def connections(self) -> tuple[int, int]:
        needed = 0
        for function in self.functions:
            largest = self._service(function)["template"].get("scaling", {}).get("maxInstanceCount", 0)
            needed += largest * int(self.settings(function).get("DATABASE_POOL_SIZE", 0))
        instance = self.google("sqladmin").get(f"/v1/projects/{self.project}/instances/{self._instance}")
        flags = {flag["name"]: flag["value"] for flag in instance["settings"].get("databaseFlags", [])}
        if "max_connections" not in flags:
            raise NotTriedError("the database has no flag max_connections, so its tier decides")
        return needed, int(flags["max_connections"])

    def data_buckets(self) -> Sequence[str]:
        return []  # Terraform's outputs do not name them; a samplesheet with a file of theirs shows it

    @property
    def _place(self) -> str:
        return f"projects/{self.project}/locations/{self.region}"

    @cache  # noqa: B019 one deployment is verified in the life of the process
    def _service(self, function: str) -> Json:
        name = f"sluice-{function.replace('_', '-')}"
        try:
            return self.google("run").get(f"/v2/{self._place}/services/{name}")
        except ServiceRefusedError as error:
            raise NotTriedError(f"{error}; who verifies needs roles/run.viewer") from error


class _Signed:
    """Sessions as whoever is signed in with gcloud, or as a service account that they may act as."""

    def __init__(self) -> None:
        """Raises NotTriedError if nobody is signed in."""
        try:
            self._own: Credentials = google.auth.default(scopes=[_SCOPE])[0]
            self._own.refresh(Request())
        except GoogleAuthError as error:
            raise NotTriedError(
                f"Google does not know who you are; run `gcloud auth application-default login` ({error})"
            ) from error

    def session_of(self, email: str | None) -> requests.Session:
        credentials = self._own
        if email:
            credentials = ImpersonatedCredentials(self._own, email, target_scopes=[_SCOPE])
        return AuthorizedSession(credentials)


def signed_in_deployment(
    host: str, outputs: Mapping[str, Any], *, session_of: Callable[[str | None], requests.Session] | None = None
) -> GoogleDeployment:
    """The deployment at a host name or an https:// address, as GoogleDeployment is made.

    Raises NotTriedError if the outputs are those of another deployment, or if whoever verifies is not signed in, at
    Google and at this one.
    """
    deployment = GoogleDeployment(host.removeprefix("https://").rstrip("/"), outputs, session_of=session_of)
    if (there := outputs.get("url", deployment.address)) != deployment.address:
        raise NotTriedError(
            f"terraform/ has the state of {there}, not of {deployment.address}; run `make plan ENVIRONMENT=…` first"
        )
    try:
        settings = Settings.from_environment(os.environ, deployment.address)
        sign_in_for(settings, State(settings.state)).headers()
    except SluiceError as error:
        raise NotTriedError(
            f"{error}; or verify as one of service_accounts: SLUICE_SERVICE_ACCOUNT=ADDRESS make verify HOST=…"
        ) from error
    return deployment


def terraform_outputs() -> Mapping[str, Any]:
    """The outputs of the deployment whose state terraform/ uses. Raises NotTriedError if Terraform shows none."""
    command = ["terraform", f"-chdir={ROOT / 'terraform'}", "output", "-json"]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        words = getattr(error, "stderr", "") or str(error)
        raise NotTriedError(f"`{' '.join(command)}` shows nothing: {words.strip()}; run `make plan` first") from error
    outputs = {name: output["value"] for name, output in json.loads(shown).items()}
    if "functions" not in outputs:
        raise NotTriedError(
            "Terraform's state has no outputs; run `make plan` first, with ENVIRONMENT=, PROJECT= and REGION="
        )
    return outputs


@cache
def _tables() -> dict[str, Any]:
    names = "functions.tf", "settings.tf", "secrets.tf"
    blocks = [block for name in names for block in read_text((ROOT / "terraform" / name).read_text("utf-8"), name)]
    return locals_in(blocks)
