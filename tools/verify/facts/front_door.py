"""The front door: what it shows without an identity, and that nobody gets around it."""

import requests

from tools.verify.deployment import TIMEOUT_S
from tools.verify.facts.answerer import Answerer, answerer_of
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome


def programs_learn_how_to_sign_in(subject: Subject) -> Outcome:
    """Without an identity, the one public path answers, and the page does not."""
    session, address = subject.deployment.anonymous_session(), subject.deployment.address
    public = session.get(f"{address}/.well-known/sluice.json", timeout=TIMEOUT_S, allow_redirects=False)
    if public.status_code != requests.codes.ok:
        return Failed(
            f"GET /.well-known/sluice.json without an identity answered {public.status_code}",
            "programs cannot learn how to sign in",
            'check the backend service "public" and its path rule (terraform/balancer.tf), and the invoker "anyone" of '
            "console (terraform/iam.tf); domain restricted sharing must allow allUsers",
        )
    page = session.get(f"{address}/", timeout=TIMEOUT_S, allow_redirects=False)
    if page.status_code == requests.codes.ok:
        return Failed(
            "GET / without an identity answered 200",
            "IAP does not guard the console",
            "IAP must be on for the backend service console (terraform/balancer.tf), then make deploy",
        )
    return Held(f"the page answers {page.status_code}")


def gateway_refuses_strangers(subject: Subject) -> Outcome:
    """API Gateway's own address, which bypasses IAP, refuses who has no token of IAP."""
    place = f"projects/{subject.deployment.project}/locations/{subject.deployment.region}"
    host = subject.deployment.google("apigateway").get(f"/v1/{place}/gateways/sluice")["defaultHostname"]
    session = subject.deployment.anonymous_session()
    answer = session.get(f"https://{host}/api/users/me", timeout=TIMEOUT_S)
    if answer.status_code not in (401, 403) or answerer_of(answer) == Answerer.SLUICE:  # the functions refuse, too
        return Failed(
            f"GET https://{host}/api/users/me without an identity: {answer.status_code}, by {answerer_of(answer)}",
            "API Gateway does not check the tokens of IAP; only the functions do",
            "make deploy once more: its last step lets the gateway check them (tools/openapi/gateway.py: security); "
            "WITHOUT=gateway if it is meant not to",
        )
    return Held(f"{answer.status_code}")
