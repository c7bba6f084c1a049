"""The routes of API Gateway, for terraform/gateway.tf: every public address except the streams.

The document is Swagger 2.0, which API Gateway supports in every region. The gateway checks IAP's token, because its own
address bypasses IAP, and the functions check it again. Terraform fills in `${urls.runs}` and the like.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tools.openapi.addresses import PublicAddress, public_addresses
from tools.openapi.schemas import Json

FILE: Final = Path(__file__).parents[2] / "terraform" / "gateway.openapi.json"

# API Gateway buffers answers, so the load balancer sends streams to their function directly.
STREAMING: Final = frozenset({"events"})
# API Gateway is ESPv2, which checks ES256 by Envoy's JWT filter: its own tests have such tokens
# (tests/env/testdata/fake_jwt.go), and it looks into IAP's header by default (configgenerator/filtergen/jwt_authn.go).
_IAP: Final[Json] = {
    "type": "oauth2",
    "flow": "implicit",
    "authorizationUrl": "",
    "x-google-issuer": "https://cloud.google.com/iap",
    "x-google-jwks_uri": "https://www.gstatic.com/iap/verify/public_key-jwk",
    "x-google-audiences": "${iap_audience}",
    "x-google-jwt-locations": [{"header": "x-goog-iap-jwt-assertion"}],  # not in Authorization or a query
}
_DEADLINE_S: Final = 60.0  # the maximum duration of a request behind the gateway


def gateway_text() -> str:
    """The document as it is stored in the repository. Raises NotDescribedError."""
    return json.dumps(gateway_document(public_addresses()), indent=1) + "\n"


def gateway_document(addresses: Iterable[PublicAddress]) -> Json:
    """The document for `addresses`, without streams."""
    paths: Json = {}
    for address in addresses:
        if address.function not in STREAMING:
            paths.setdefault(address.path, {})[address.method.lower()] = _operation(address)
    return {
        "swagger": "2.0",
        "info": {"title": "Sluice", "version": "1"},
        "schemes": ["https"],
        "produces": ["application/json"],
        "securityDefinitions": {"iap": _IAP},
        "security": [{"iap": []}],
        "paths": paths,
    }


def _operation(address: PublicAddress) -> Json:
    host = f"${{urls.{address.function}}}"
    return {
        "operationId": address.operation.name,
        "parameters": [{"name": part, "in": "path", "required": True, "type": "string"} for part in address.parts],
        "responses": {"default": {"description": "The answer of the function."}},
        "x-google-backend": {
            "address": host,
            "jwt_audience": host,
            "path_translation": "APPEND_PATH_TO_ADDRESS",
            "deadline": _DEADLINE_S,
        },
    }
