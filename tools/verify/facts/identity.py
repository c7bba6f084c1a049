"""Who signs in is known to the functions, and nobody else is."""

import time
from email.utils import parsedate_to_datetime
from typing import Final

import requests

from tools.verify.deployment import TIMEOUT_S
from tools.verify.facts.answerer import Answerer, answerer_of
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome

_SKEW_S: Final = 30  # the difference of clocks that the functions allow
_REFUSED: Final = (401, 403)
PATHS: Final = {  # an address of each function
    "users": "/api/users/me",
    "console": "/",
    "queue_worker": "/work/reconcile",
    "bucket_watcher": "/",
    "runs": "/api/runs",
    "pipelines": "/api/pipelines",
    "logs": "/api/runs/run-00000000/logs",
    "events": "/api/runs/run-00000000/events",
    "insight": "/api/costs",
    "benchling": "/api/benchling/runs",
}


def clocks_agree(subject: Subject) -> Outcome:
    """The clock of the front door is that of this machine, give or take what tokens allow."""
    began = time.time()
    date = subject.get("/api/users/me").headers.get("Date", "")
    try:
        there = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return Failed(f"the answer has the date {date!r}", "something else answers", "check the address in HOST")
    skew = there - began
    if not -_SKEW_S < skew < time.time() - began + _SKEW_S:
        return Failed(
            f"the clock of the front door differs from this machine's by {skew:.0f} s",
            "tokens look as if they were expired, or not valid yet",
            "set the clock of this machine (timedatectl set-ntp true), or that of the machine with the local stack",
        )
    return Held(f"{abs(skew):.0f} s apart")


def audiences_fit(subject: Subject) -> Outcome:
    """Each function accepts the audience of the backend service through which it is reached."""
    deployment = subject.deployment
    for function in subject.functions_with("IAP_AUDIENCE"):
        accepted, sent = deployment.settings(function)["IAP_AUDIENCE"], deployment.iap_audience(function)
        if accepted != sent:
            return Failed(
                f"{function} accepts assertions for {accepted}; IAP signs them for {sent}",
                "each of its answers is 401",
                f"set IAP_AUDIENCE to {sent} (terraform/settings.tf), then make deploy FUNCTION={function}",
            )
    return Held()


def caller_is_known(subject: Subject) -> Outcome:
    """IAP's assertion reaches the functions, which know the caller by it."""
    answer = subject.get("/api/users/me")
    if answer.status_code == requests.codes.ok:
        return Held(str(answer.json()["email"]))
    seen = f"GET /api/users/me answered {answer.status_code}: {answer.text[:200]}"
    if answer.status_code in (301, 302, 303):
        return Failed(seen, "IAP asks to sign in", f"sluice login {subject.deployment.address}")
    if answer.status_code in _REFUSED and (refused := _refused_on_the_way(subject, answer, seen)):
        return refused
    if answer.status_code == requests.codes.unavailable and "keys" in answer.text:
        return Failed(
            seen,
            "the function users cannot fetch the keys with which IAP signs",
            "IAP_KEYS_URL must be unset in a deployment; functions need a way to www.gstatic.com (network.tf)",
        )
    if answer.status_code == requests.codes.unauthorized:
        return Failed(
            seen,
            "IAP's assertion (x-goog-iap-jwt-assertion) does not reach the function",
            "look for a rule of the load balancer or the gateway that removes the header (terraform/balancer.tf, "
            "gateway.tf)",
        )
    return Failed(
        seen,
        "the function users does not work, or does not accept this domain",
        "check HOSTED_DOMAIN (hosted_domain in terraform/env); gcloud run services logs read sluice-users "
        f"--region={subject.deployment.region}",
    )


def _refused_on_the_way(subject: Subject, answer: requests.Response, seen: str) -> Failed | None:
    """Why another part refused before a function saw the request."""
    match answerer_of(answer):
        case Answerer.IAP:
            return Failed(
                seen,
                "IAP does not let in who verifies",
                f"sluice login {subject.deployment.address}; the client must be programs_client_id, and you must be in "
                "iap_members or of hosted_domain (terraform/env)",
            )
        case Answerer.GATEWAY:
            return Failed(
                seen,
                "API Gateway does not accept the token of IAP",
                "make deploy once more: its last step gives the gateway IAP's audience (gateway_audience); if that "
                "does not help, remove `security` from the document (tools/openapi/gateway.py)",
            )
        case _:
            return None


def foreigners_are_refused(subject: Subject) -> Outcome:
    """Somebody of another domain gets no answer from any public function."""
    session = subject.deployment.foreign_session()
    for path in ("/api/users/me", "/api/runs", "/api/pipelines"):
        answer = session.get(subject.deployment.address + path, timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code not in _REFUSED:
            return Failed(
                f"GET {path} answered {answer.status_code} to somebody of another domain",
                "people outside the lab can use the service",
                "set HOSTED_DOMAIN to the lab's own domain (hosted_domain in terraform/env), then make deploy",
            )
    return Held()


def functions_refuse_strangers(subject: Subject) -> Outcome:
    """Who goes past the front door, straight to a function, is refused."""
    for function, address in subject.deployment.functions.items():
        settings = subject.deployment.settings(function)
        path = PATHS[function]
        method = "POST" if "SERVICE_AUDIENCE" in settings else "GET"
        answer = requests.request(method, address + path, json={} if method == "POST" else None, timeout=TIMEOUT_S)
        if answer.status_code not in (*_REFUSED, 404):
            return Failed(
                f"{method} {path} of {function}, sent without an identity, answered {answer.status_code}",
                "everybody who finds its address can use it",
                f"check the invokers of {function} in terraform/iam.tf, and SERVICE_AUDIENCE or IAP_AUDIENCE of it; "
                f"make deploy FUNCTION={function}",
            )
    return Held(f"{len(subject.deployment.functions)} functions")
