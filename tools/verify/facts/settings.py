"""The settings of the functions: none is missing, and those of two parts fit together."""

from collections.abc import Mapping

from tools.verify.deployment import Deployment
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome


def all_are_set(subject: Subject) -> Outcome:
    """Each function has every variable that it needs."""
    deployment = subject.deployment
    for function in deployment.functions:
        given = deployment.settings(function)
        missing = sorted(name for name in deployment.needed_settings(function) if name not in given)
        if missing:
            return Failed(
                f"{function} runs without {', '.join(missing)}",
                "its first request fails, or it uses a default that is not the deployment's",
                f"make deploy FUNCTION={function}; terraform/settings.tf sets the variables of each function",
            )
    return Held(f"{len(deployment.functions)} functions")


def work_reaches_the_worker(subject: Subject) -> Outcome:
    """Those who queue work name the worker's address, its audience and a caller that it accepts."""
    deployment = subject.deployment
    worker, address = deployment.settings("queue_worker"), deployment.functions["queue_worker"]
    for function in subject.functions_with("WORKER_URL"):
        given = deployment.settings(function)
        for name, wrong, right in _differences(given, worker, address):
            return Failed(
                f"{function} has {name}={wrong}, but queue_worker expects {right}",
                "Cloud Tasks calls the worker in vain, so that runs stay pending",
                f"set {name} to {right} in terraform/settings.tf, then make deploy FUNCTION={function}",
            )
    return Held(address)


def _differences(given: Mapping[str, str], worker: Mapping[str, str], address: str) -> list[tuple[str, str, str]]:
    callers = worker["SERVICE_CALLERS"].split(",")
    found = []
    if given["WORKER_URL"].rstrip("/") != address.rstrip("/"):
        found.append(("WORKER_URL", given["WORKER_URL"], address))
    if given["WORKER_AUDIENCE"] != worker["SERVICE_AUDIENCE"]:
        found.append(("WORKER_AUDIENCE", given["WORKER_AUDIENCE"], worker["SERVICE_AUDIENCE"]))
    if given["WORKER_CALLER"] not in callers:
        found.append(("WORKER_CALLER", given["WORKER_CALLER"], callers[0]))
    return found


def notices_fit(subject: Subject) -> Outcome:
    """bucket_watcher accepts the audience with which Eventarc sends the notices of the logs bucket."""
    deployment: Deployment = subject.deployment
    sent, accepted = deployment.notice_audience(), deployment.settings("bucket_watcher")["SERVICE_AUDIENCE"]
    if not sent:
        return Failed(
            "nothing sends the notices of the logs bucket",
            "the database hears of a log only with each sync",
            "make deploy FUNCTION=bucket_watcher, which creates its Eventarc trigger (terraform/functions.tf)",
        )
    if sent != accepted:
        return Failed(
            f"Eventarc sends tokens for {sent}; bucket_watcher accepts those for {accepted}",
            "each notice is refused (401): logs arrive late, with each sync",
            f'set eventarc_audience = "{sent}" in the values (terraform/env), then make deploy FUNCTION=bucket_watcher',
        )
    return Held(sent)
