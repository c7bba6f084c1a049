"""The published description of the API: one OpenAPI 3.0 document."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from common.schemas.errors import ErrorResponse
from common.web.callers.identity import ASSERTION_HEADER
from common.web.describing import Body, Text
from tools.openapi.addresses import PublicAddress, public_addresses
from tools.openapi.errors import error_components
from tools.openapi.headers import RESPONSE_HEADERS, request_header_components
from tools.openapi.inlining import with_inline_nulls
from tools.openapi.operations import operation_object
from tools.openapi.schemas import Json, component_schemas, model_named

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "functions" / "pipelines" / "openapi.json"

_ABOUT: Final = (
    "Runs nf-core pipelines on Google Cloud: submit a run, follow it live, read its tasks and log, cancel and recover "
    "it. Users see their own runs; administrators see all. Every error answer is an ErrorResponse. Times are in UTC."
)
_IDENTITY: Final = (
    "The assertion that Identity-Aware Proxy signs and adds to each request to the service's public address. Callers "
    "sign in there and never send it themselves."
)
_TAGS: Final = {
    "runs": "Submit, list, read, cancel and recover runs; list their files.",
    "logs": "The log and the tasks of a run.",
    "events": "Live streams of a run: its events, its log and the output of its tasks.",
    "pipelines": "The pipelines and their inputs; this description.",
    "benchling": "NGS runs and their libraries, as recorded in Benchling.",
    "users": "The signed-in user, and how Sluice is.",
    "insight": "What runs cost, how they differ, which failures were seen before, and what tasks should ask for.",
}


def document_text() -> str:
    """The document as it is stored in the repository and served. Raises NotDescribedError."""
    return json.dumps(with_inline_nulls(document()), indent=1, ensure_ascii=False) + "\n"


def document() -> Json:
    """The whole document, which refers also to models that may be null.

    Raises NotDescribedError for an address whose description is incomplete.
    """
    addresses = list(public_addresses())
    paths: Json = {}
    for address in addresses:
        paths.setdefault(address.path, {})[address.method.lower()] = operation_object(address)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Sluice",
            "version": _version(),
            "description": _ABOUT,
            "contact": {"name": "An administrator of this service"},
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
        },
        "servers": [{"url": "/"}],
        "security": [{"iap": []}],
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "paths": paths,
        "components": _components(addresses),
    }


def _components(addresses: Iterable[PublicAddress]) -> Json:
    operations = [address.operation for address in addresses]
    requests = _base_models(operation.body for operation in operations if operation.body)
    answers = _base_models(body for operation in operations for body in operation.answers.values())
    return {
        "schemas": component_schemas([*requests, ErrorResponse], answers),  # errors omit absent fields
        "responses": error_components(),
        "headers": RESPONSE_HEADERS,
        "parameters": request_header_components(),
        "securitySchemes": {
            "iap": {"type": "apiKey", "in": "header", "name": ASSERTION_HEADER, "description": _IDENTITY}
        },
    }


def _base_models(bodies: Iterable[Body | tuple[Body, ...]]) -> list[type[BaseModel]]:
    """The pydantic models in `bodies`, each once."""
    found = dict.fromkeys(model for body in bodies for model in _models(body))
    return [model for model in found if issubclass(model, BaseModel)]


def _models(bodies: Body | tuple[Body, ...]) -> Iterator[type[Any]]:
    for body in bodies if isinstance(bodies, tuple) else (bodies,):
        if not isinstance(body, Text):
            yield model_named(body)


def _version() -> str:
    project: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return project
