"""What API Gateway routes, for terraform/gateway.tf: every public address but the streams.

Swagger 2.0, which API Gateway takes everywhere. It says only where requests go: what they may hold is said, and
checked, by the functions. `${urls.runs}` and the like are filled in by Terraform.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tools.openapi.addresses import PublicAddress, public_addresses
from tools.openapi.schemas import Json

FILE: Final = Path(__file__).parents[2] / "terraform" / "gateway.openapi.json"

# API Gateway answers whole: what streams is reached by the load balancer itself.
STREAMING: Final = frozenset({"events"})
_DEADLINE_S: Final = 60.0  # the longest that a function behind the gateway may take


def gateway_text() -> str:
    """The document as it is kept in the repository. Raises NotDescribedError."""
    return json.dumps(gateway_document(public_addresses()), indent=1) + "\n"


def gateway_document(addresses: Iterable[PublicAddress]) -> Json:
    """The document of some addresses; streams are left out."""
    paths: Json = {}
    for address in addresses:
        if address.function not in STREAMING:
            paths.setdefault(address.path, {})[address.method.lower()] = _operation(address)
    return {
        "swagger": "2.0",
        "info": {"title": "Sluice", "version": "1"},
        "schemes": ["https"],
        "produces": ["application/json"],
        "paths": paths,
    }


def _operation(address: PublicAddress) -> Json:
    host = f"${{urls.{address.function}}}"
    return {
        "operationId": address.operation.name,
        "parameters": [{"name": part, "in": "path", "required": True, "type": "string"} for part in address.parts],
        "responses": {"default": {"description": "What the function answers."}},
        "x-google-backend": {
            "address": host,
            "jwt_audience": host,
            "path_translation": "APPEND_PATH_TO_ADDRESS",
            "deadline": _DEADLINE_S,
        },
    }
