"""The request of a new run: one JSON object, or a form with the samplesheet and the config as files."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Request

from common.errors import Fault, MalformedBodyError, ValidationError
from common.schemas.runs import MAX_BODY_BYTES, MAX_CONFIG_BYTES, MAX_RECOVER_BODY_BYTES, MAX_SAMPLESHEET_BYTES
from common.web.bodies.form import form_parts, text_in
from common.web.bodies.json_object import body_bytes, object_in
from common.web.describing import FormPart
from common.web.site import FORM_TYPE

PARTS: Final = {
    "request": FormPart(
        "The fields of a RunCreateRequest as JSON, without those that are parts.",
        '{"pipeline": "nf-core/scrnaseq", "params": {"aligner": "star"}}',
        is_required=True,
    ),
    "samplesheet": FormPart(
        "The samplesheet, CSV in UTF-8 (TSV if the pipeline takes it), in place of `samplesheet_csv`; at most 10 MB.",
        "sample,fastq_1,fastq_2\ndonor1,gs://lab/1_R1.fastq.gz,gs://lab/1_R2.fastq.gz\n",
    ),
    "config": FormPart(
        "A Nextflow config in UTF-8, in place of `config_content`; at most 100 KB.",
        "process.maxRetries = 2",
    ),
}
HOW_TO_SEND: Final = "curl sends files from disk with -F request=@run.json -F samplesheet=@my.csv"

_JSON_START: Final = re.compile(rb"(\xef\xbb\xbf)?\s*[{\[]")  # a byte order mark has an error of its own
_LONGEST_NAME: Final = 4_096  # of a file, with its folders
_LIMITS: Final = {
    "request": MAX_RECOVER_BODY_BYTES,  # everything but a samplesheet
    "samplesheet": MAX_SAMPLESHEET_BYTES,
    "config": MAX_CONFIG_BYTES,
}
_FIELDS: Final = {"samplesheet": "samplesheet_csv", "config": "config_content"}


def submission_in(request: Request, *, take: Callable[[int], None]) -> dict[str, Any]:
    """The fields of a RunCreateRequest, not checked yet; `take` and errors as in json_body and form_parts."""
    if request.mimetype != FORM_TYPE:
        return object_in(_like_json(body_bytes(request, limit_bytes=MAX_BODY_BYTES, take=take)))
    parts = form_parts(request, _LIMITS, take=take)
    if "request" not in parts:
        message = "is required: the request without the samplesheet, as JSON; curl sends it with -F request=@run.json"
        raise ValidationError([Fault(field="request", message=message)])
    body = _request_in(parts.pop("request"))
    if faults := [*_sent_twice(parts, body), *_sent_as_a_name(parts)]:
        raise ValidationError(faults)
    return body | {_FIELDS[part]: text_in(part, content) for part, content in parts.items()}


def _like_json(content: bytes) -> bytes:
    """The content. Raises MalformedBodyError, which says how files are sent, for one that cannot be JSON: a file."""
    if not _JSON_START.match(content):
        raise MalformedBodyError(f"the body is no JSON object; if it is the samplesheet, {HOW_TO_SEND}")
    return content


def _request_in(content: bytes) -> dict[str, Any]:
    try:
        return object_in(content)
    except MalformedBodyError as error:
        hint = "; curl sends a file with -F request=@run.json" if _is_a_name(content) else ""
        message = f"the part request cannot be read as a body of JSON: {error.message}{hint}"
        raise MalformedBodyError(message) from None


def _sent_twice(parts: dict[str, bytes], body: dict[str, Any]) -> Iterator[Fault]:
    for part in parts:
        if _FIELDS[part] in body:
            yield Fault(field=part, message=f"is in the request too, as {_FIELDS[part]}; send one of them")


def _sent_as_a_name(parts: dict[str, bytes]) -> Iterator[Fault]:
    """A samplesheet that is one word: curl sends the name of a file if the `@` before it is forgotten."""
    if _is_a_name(parts.get("samplesheet", b"")):
        yield Fault(field="samplesheet", message="is a single word; curl sends a file with -F samplesheet=@my.csv")


def _is_a_name(content: bytes) -> bool:
    return len(content) <= _LONGEST_NAME and len(content.split()) == 1 and not content.startswith((b"{", b"["))
