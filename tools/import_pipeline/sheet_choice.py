"""Decides how a release's sheet is read: by its schema, or passed on unread; as .csv or as .tsv."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.domain.pipelines.pipeline import CSV, TSV, PipelineVersion
from tools.import_pipeline.checkout import Checkout
from tools.import_pipeline.example_sheets import ExampleSheet, find_example_sheets
from tools.import_pipeline.fields import CannotExpressError, Facts
from tools.import_pipeline.sheet import ImportedSheet, read_sheet
from tools.import_pipeline.trial import Refusal, example_rows, refused_sheets

_UNREAD: Final = "so its sheet is passed on unread: only its rows are counted"
Load = Callable[[Mapping[str, Any]], PipelineVersion]


@dataclass(slots=True)
class SheetChoice:
    """The fields of a release about its sheet, notes for the developer, and what was refused of the pipeline's own."""

    facts: Facts
    notes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    tried: int = 0


def choose_sheet(checkout: Checkout, load: Load) -> SheetChoice:
    """The choice, tried on the example sheets; `load` makes the release with some fields. Raises CannotExpressError."""
    schema = checkout.input_schema
    if schema is None:
        found = find_example_sheets(checkout.folder, checkout.values.test, [])
        return _unread(checkout, found, load, f"the pipeline has no schema of its samplesheet, {_UNREAD}")
    try:
        sheet = read_sheet(schema)
    except CannotExpressError as error:
        if checkout.applies_schema:
            raise
        found = find_example_sheets(checkout.folder, checkout.values.test, [])
        return _unread(checkout, found, load, f"{error}; the pipeline itself does not apply the schema, {_UNREAD}")
    required = [column["name"] for column in sheet.columns if column.get("required")]
    examples = find_example_sheets(checkout.folder, checkout.values.test, required)
    facts = _facts_of(sheet) | _format(checkout, examples)
    version = load(facts)
    refused = refused_sheets(version, examples)
    lines = [line for refusal in refused for line in refusal.lines()]
    if checkout.applies_schema:
        stops = [refusal for refusal in refused if refusal.is_file]
        choice = SheetChoice(facts, sheet.notes)
        choice.refusals = [line for refusal in stops for line in refusal.lines()]
        choice.notes += [line for refusal in refused if not refusal.is_file for line in refusal.lines()]
    elif _is_left_over(examples, refused):
        why = "its own example does not fit" if lines else "there is no example that fits"
        reason = f"the pipeline does not apply the schema of its samplesheet, and {why}, {_UNREAD}"
        choice = _unread(checkout, examples, load, reason)
        choice.notes += lines
        return choice
    else:
        choice = SheetChoice(
            facts, [*sheet.notes, "the pipeline itself does not apply the schema of its samplesheet", *lines]
        )
    choice.facts["example_rows"], choice.tried = example_rows(version, examples), len(examples)
    return choice


def _is_left_over(examples: list[ExampleSheet], refused: list[Refusal]) -> bool:
    """Whether a schema that the pipeline does not apply is about other sheets: no file of its own fits."""
    files = [sheet.source for sheet in examples if sheet.is_file] or [sheet.source for sheet in examples]
    return {refusal.source for refusal in refused}.issuperset(files)


def _unread(checkout: Checkout, examples: list[ExampleSheet], load: Load, reason: str) -> SheetChoice:
    facts: Facts = {"columns": [], "passes_sheet_on": True} | _format(checkout, examples)
    return SheetChoice(facts | {"example_rows": example_rows(load(facts), examples)}, [reason], tried=len(examples))


def _facts_of(sheet: ImportedSheet) -> Facts:
    facts = {"columns": sheet.columns, "row_rules": sheet.rules, "unique": sheet.unique}
    return {word: value for word, value in facts.items() if value} | {
        "sample_column": sheet.sample_column, "passes_sheet_on": False,
    }  # fmt: skip


def _format(checkout: Checkout, examples: list[ExampleSheet]) -> Facts:
    """`sheet_format` if it is not csv: what the pattern of `input` takes, else what its texts and examples say."""
    given = checkout.input_param
    endings = {sheet.source.rpartition(".")[2] for sheet in examples if sheet.is_file}
    if pattern := given.get("pattern"):
        taken = [kind for kind in (CSV, TSV) if re.search(pattern, f"samplesheet.{kind}")]
        if not taken:
            raise CannotExpressError(f"its samplesheet must match {pattern}, so it can be neither a .csv nor a .tsv")
        is_tsv = TSV in taken and (CSV not in taken or endings == {TSV})
        return {"sheet_format": TSV} if is_tsv else {}
    words = f"{given.get('description', '')} {given.get('help_text', '')}".lower()
    is_tsv = "tsv" in str(given.get("mimetype", "")) or "tab-sep" in str(given.get("mimetype", ""))
    is_tsv |= words.count("tsv") > words.count("csv") or endings == {TSV}
    return {"sheet_format": TSV} if is_tsv else {}
