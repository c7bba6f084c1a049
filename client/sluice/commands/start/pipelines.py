"""sluice pipelines."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.errors import ConflictError
from sluice.models.pipelines import PipelineInfo, PipelineParam, PipelineSchema
from sluice.output.terminal import tell
from sluice.output.writer import Column, Output
from sluice.params import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS: Final = (
    Column[PipelineInfo]("pipeline", lambda pipeline: pipeline.name, is_name=True),
    Column[PipelineInfo]("default", lambda pipeline: pipeline.default_version),
    Column[PipelineInfo]("releases", lambda pipeline: pipeline.versions),
    Column[PipelineInfo]("description", lambda pipeline: pipeline.description),
)
_PARAMS: Final = (
    Column[PipelineParam]("parameter", lambda param: param.name, is_name=True),
    Column[PipelineParam]("needed", lambda param: param.required),
    Column[PipelineParam]("type", lambda param: param.type),
    Column[PipelineParam]("default", lambda param: param.default),
    Column[PipelineParam]("choices", lambda param: param.enum or param.suggestions),
    Column[PipelineParam]("about", lambda param: param.title),
)
_EPILOG: Final = example(
    "sluice pipelines", "sluice pipelines show nf-core/scrnaseq", "sluice pipelines show nf-core/scrnaseq --example ."
)


@click.group(invoke_without_command=True, epilog=_EPILOG)
@click.pass_context
@output_options
def pipelines(context: click.Context, out: Output) -> None:
    """List the pipelines, or show one."""
    if context.invoked_subcommand:
        return
    with connect() as sluice:
        out.records(sluice.pipelines(), _COLUMNS)


@pipelines.command(epilog=example("sluice pipelines show nf-core/scrnaseq -r 2.7.1"))
@click.argument("name")
@click.option("--revision", "-r", "version", metavar="VERSION", help="The release; the default one without it.")
@click.option("--hidden", is_flag=True, help="Also the parameters that few people need.")
@click.option("--example", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Write params.yaml and samplesheet.csv to begin with.")  # fmt: skip
@output_options
def show(out: Output, name: str, version: str | None, folder: Path | None, *, hidden: bool) -> None:
    """Show the parameters of a pipeline."""
    with connect() as sluice:
        schema = sluice.pipeline(name, version)
    if folder is None:
        out.records([param for param in schema.params if hidden or not param.hidden], _PARAMS)
        return
    files = {folder / "params.yaml": _example_params(schema), folder / "samplesheet.csv": _example_sheet(schema)}
    if taken := [str(file) for file in files if file.exists()]:
        raise ConflictError(f"{', '.join(taken)}: there already; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
        out.line(str(file))
    params, sheet = files
    tell(f"Fill them in, then: sluice check -p {name} -r {schema.version} -s {sheet} --params {params}")


def _example_params(schema: PipelineSchema) -> str:
    """Every common parameter with its default; those that a run does not need are comments."""
    lines = [f"# Parameters of {schema.pipeline} {schema.version}"]
    for group in schema.groups:
        shown = [param for param in schema.params if param.group == group.name and not param.hidden]
        lines += ["", f"# --- {group.title}"] if shown else []
        for param in shown:
            lines += ["", *_about(param), ("" if param.required else "# ") + line_of(param.name, _usual(param))]
    return "\n".join(lines) + "\n"


def _about(param: PipelineParam) -> "Iterator[str]":
    yield f"# {' '.join(param.title.split())}"
    if choices := param.enum or param.suggestions:
        yield f"# one of: {', '.join(map(str, choices))}"


def _usual(param: PipelineParam) -> object:
    choices = param.enum or param.suggestions
    return choices[0] if param.default is None and choices else param.default


def _example_sheet(schema: PipelineSchema) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [column.name for column in schema.columns], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(schema.example_rows)
    return text.getvalue()
