"""The request of a new run: one JSON object, or a form with the samplesheet and the config as files."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Request

from common.errors import Fault, MalformedBodyError, ValidationError
from common.schemas.runs import MAX_BODY_BYTES, MAX_CONFIG_BYTES, MAX_RECOVER_BODY_BYTES, MAX_SAMPLESHEET_BYTES
from common.web.bodies.form import form_parts, text_in
from common.web.bodies.json_object import json_body, object_in
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

_LIMITS: Final = {
    "request": MAX_RECOVER_BODY_BYTES,  # everything but a samplesheet
    "samplesheet": MAX_SAMPLESHEET_BYTES,
    "config": MAX_CONFIG_BYTES,
}
_FIELDS: Final = {"samplesheet": "samplesheet_csv", "config": "config_content"}


def submission_in(request: Request, *, take: Callable[[int], None]) -> dict[str, Any]:
    """The fields of a RunCreateRequest, not checked yet; `take` and errors as in json_body and form_parts."""
    if request.mimetype != FORM_TYPE:
        return json_body(request, limit_bytes=MAX_BODY_BYTES, take=take)
    parts = form_parts(request, _LIMITS, take=take)
    if "request" not in parts:
        message = "is required: the request without the samplesheet, as JSON; curl sends it with -F request=@run.json"
        raise ValidationError([Fault(field="request", message=message)])
    body = _request_in(parts.pop("request"))
    if faults := list(_sent_twice(parts, body)):
        raise ValidationError(faults)
    return body | {_FIELDS[part]: text_in(part, content) for part, content in parts.items()}


def _request_in(content: bytes) -> dict[str, Any]:
    try:
        return object_in(content)
    except MalformedBodyError as error:
        raise MalformedBodyError(f"the part request cannot be read as a body of JSON: {error.message}") from None


def _sent_twice(parts: dict[str, bytes], body: dict[str, Any]) -> Iterator[Fault]:
    for part in parts:
        if _FIELDS[part] in body:
            yield Fault(field=part, message=f"is in the request too, as {_FIELDS[part]}; send one of them")
