"""The bounds on what others write have the figures that docs/security.md was measured with.

That each bound is kept is tested beside its reader; those tests take its figure from the code, so that a larger one
would pass them. Who changes a figure runs `make worst-inputs`.
"""

import importlib
from datetime import timedelta
from typing import Final

import pytest

from common.actions.steps.read_file import ReadFile

KIB, MIB = 1 << 10, 1 << 20
BOUNDS: Final = {
    "common.web.bodies.json_object": {
        "MOST_VALUES": 10_000,
        "_DEEPEST": 64,
        "_LONGEST_NUMBER": 300,
        "_UNIT_BYTES": MIB,
    },
    "common.web.work_items": {"_LARGEST_ITEM_BYTES": MIB},
    "common.web.file_notices": {"_LARGEST_BYTES": MIB},
    "common.web.callers.tokens": {"_LONGEST": 8 * KIB},
    "common.web.callers.keys": {"_LARGEST_BYTES": MIB},
    "common.web.callers.limits": {"_REMEMBERED": 10_000},
    "common.schemas.runs": {"MAX_SAMPLESHEET_BYTES": 10 * MIB, "MAX_CONFIG_BYTES": 100 * KIB},
    "common.schemas.pipelines.checks": {"MAX_CONFIG_REQUEST_BYTES": 256 * KIB},
    "common.schemas.users": {"MAX_BODY_BYTES": 64 * KIB},
    "common.schemas.parsing": {"MOST_FAULTS": 100},
    "common.domain.pipelines.sheet.sample_sheet": {"MOST_ROWS": 1_000_000, "MOST_CELLS": 1_000_000},
    "common.domain.pipelines.sheet.header": {"MOST_COLUMNS": 500, "LONGEST_NAME": 200},
    "common.domain.pipelines.sheet.rows": {"MOST_LISTED": 200, "MOST_COUNTED": 10_000},
    "common.domain.pipelines.params": {"LONGEST_VALUE": 2_000},
    "common.domain.pipelines.addresses": {"MOST_OWN_PATHS": 200},
    "common.domain.text.wording": {"MOST_GUESSES": 20},
    "common.domain.nextflow.config.settings": {"_DEEPEST": 100, "_MOST_NAMES": 8, "_LONGEST_VALUE": 520},
    "common.domain.nextflow.config.reserved_settings": {"MOST_FINDINGS": 20},
    "common.domain.nextflow.trace.layout": {"MOST_COLUMNS": 200, "LONGEST_HEADER": 10_000, "_MOST_EXTRA": 64},
    "common.domain.nextflow.trace.reader": {"LINE_LIMIT": MIB, "TORN_LIMIT": 8},
    "common.domain.nextflow.log.records": {"MESSAGE_LIMIT": MIB, "_LONGEST_HEAD": 512},
    "common.domain.nextflow.log.parsing": {"_PARSED_BYTES": 16 * KIB},
    "common.domain.nextflow.log.summary": {"_MOST_EXECUTORS": 20},
    "common.domain.tasks.task": {
        "LONGEST_NAME": 2_000,
        "LONGEST_PLACE": 2_000,
        "LONGEST_MESSAGE": 20_000,
        "LONGEST_CONTAINER": 500,
    },
    "common.domain.tasks.known_tasks": {"MOST_ALIKE": 50},
    "common.domain.ingest.cursor": {"KEPT_SKIPPED": 100, "BEGINNING_BYTES": KIB},
    "common.domain.archive.manifest": {"MAX_TASKS": 500},
    "common.services.archive.earlier": {"_LARGEST_MANIFEST": 4 * MIB},
    "common.services.archive.store": {"_MOST_FILES": 1_000},
    "common.services.paging": {"LONGEST_CURSOR": 2_000, "COUNTED_AT_MOST": 10_000, "_SEARCH_TIMEOUT_MS": 5_000},
    "common.services.storage.file_listing": {"LONGEST_CURSOR": 1_500, "_LONGEST_KEY_BYTES": KIB},
    "common.services.storage.service": {"_LARGEST_CONTENT": MIB},
    "common.services.storage.file_check": {"_MOST_FOLDERS": 2_000, "_MOST_FILES": 100_000, "_MOST_LISTED": 20_000},
    "common.services.pipelines.schema_rules": {"MOST_ATTEMPTS": 10_000},
    "common.services.task_output.cloud_logging": {"_LARGEST_PAGE_BYTES": 32 * MIB, "_MOST_PAGES": 5},
    "common.services.task_output.outputs": {"LONGEST_TEXT": MIB, "LONGEST_COMMAND": 64 * KIB},
    "common.services.task_output.stream": {"_MOST_TASKS": 100},
    "common.services.logs.listing": {"_PAGE_BYTES": 4 * MIB},
    "common.services.logs.stream": {"_BYTES_AT_ONCE": 4 * MIB},
}


@pytest.mark.parametrize("module", BOUNDS)
def test_a_bound_has_the_figure_that_was_measured(module: str) -> None:
    loaded = importlib.import_module(module)
    assert {name: getattr(loaded, name) for name in BOUNDS[module]} == BOUNDS[module]


def test_an_invocation_reads_a_file_for_three_seconds() -> None:
    fields = ReadFile.__dataclass_fields__
    assert (fields["time_limit"].default, fields["chunk_bytes"].default) == (timedelta(seconds=3), 2 * MIB)
