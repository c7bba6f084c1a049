"""Which part of the way to a function an answer comes from."""

from enum import StrEnum

import requests


class Origin(StrEnum):
    """Who answered."""

    IAP = "Identity-Aware Proxy"
    GATEWAY = "API Gateway"
    SLUICE = "Sluice"  # one of its functions
    UNKNOWN = "another part"


def origin_of(answer: requests.Response) -> Origin:
    """Who sent an error: IAP marks its answers; those of API Gateway and of Sluice have bodies of their own form."""
    if answer.headers.get("x-goog-iap-generated-response") == "true":
        return Origin.IAP
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return Origin.UNKNOWN
    if not isinstance(body, dict):
        return Origin.UNKNOWN
    if {"error", "detail", "code"} <= body.keys():
        return Origin.SLUICE
    return Origin.GATEWAY if {"message", "code"} <= body.keys() else Origin.UNKNOWN
