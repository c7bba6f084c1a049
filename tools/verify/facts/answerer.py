"""Which part of the way to a function an answer comes from."""

from enum import StrEnum

import requests


class Answerer(StrEnum):
    """Who answered."""

    IAP = "Identity-Aware Proxy"
    GATEWAY = "API Gateway"
    SLUICE = "Sluice"  # one of its functions
    UNKNOWN = "another part"


def answerer_of(answer: requests.Response) -> Answerer:
    """Who sent an error: IAP marks its answers; those of API Gateway and of Sluice have bodies of their own form."""
    if answer.headers.get("x-goog-iap-generated-response") == "true":
        return Answerer.IAP
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return Answerer.UNKNOWN
    if not isinstance(body, dict):
        return Answerer.UNKNOWN
    if {"error", "detail", "code"} <= body.keys():
        return Answerer.SLUICE
    return Answerer.GATEWAY if {"message", "code"} <= body.keys() else Answerer.UNKNOWN
