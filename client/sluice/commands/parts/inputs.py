"""The inputs of a run as options, and the places of their faults."""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from sluice.errors import Fault, InputError
from sluice.params import Params, params_in, params_of

STDIN: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What is checked or submitted; `params_file` and `config_file` are None if they were not given."""

    pipeline: str
    version: str | None
    sheet: Path | None
    params_file: Path | None
    settings: tuple[str, ...]
    config: Path | None

    def params(self) -> Params:
        """The parameters of the file, and over them those of --set. Raises InputError."""
        from_file = params_in(self.params_file) if self.params_file else {}
        return from_file | params_of(self.settings)

    def sheet_text(self) -> str | Path | None:
        """The samplesheet: a file, or the text of stdin."""
        if self.sheet is None or str(self.sheet) != STDIN:
            return self.sheet
        text = sys.stdin.read()
        return text if "\n" in text else f"{text}\n"  # a text has a line break

    def placed(self, fault: Fault) -> Fault:
        """The fault with the file or option that it is in."""
        kind, _, name = fault.field.partition(".")
        if kind == "params" and name:
            is_set = any(setting.partition("=")[0] == name for setting in self.settings)
            place = f"--set {name}" if is_set or not self.params_file else f"{self.params_file}: {name}"
            return replace(fault, field=place)
        file = {"samplesheet_csv": self.sheet, "config_content": self.config}.get(fault.field)
        return replace(fault, field="stdin" if str(file) == STDIN else str(file)) if file else fault

    @contextmanager
    def placing_faults(self) -> Iterator[None]:
        """Name the files and options in the faults of a refusal."""
        try:
            yield
        except InputError as error:
            faults = [self.placed(fault) for fault in error.faults]
            raise InputError(error.message, request_id=error.request_id, faults=faults) from error


_FILE: Final = click.Path(path_type=Path, dir_okay=False)


def input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of the inputs; the command gets them as `inputs`."""

    @functools.wraps(command)
    def with_inputs(
        *, pipeline: str, version: str | None, sheet: Path | None, params_file: Path | None,
        settings: tuple[str, ...], config: Path | None, **options: Any,  # noqa: ANN401 those of the command
    ) -> Any:  # fmt: skip  # noqa: ANN401
        inputs = Inputs(
            pipeline=pipeline, version=version, sheet=sheet, params_file=params_file, settings=settings, config=config
        )
        return command(inputs=inputs, **options)

    for option in (
        click.option("--config", type=_FILE, metavar="FILE", help="A Nextflow config."),
        click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated."),
        click.option("--params", "params_file", type=_FILE, metavar="FILE", help="Parameters as YAML or JSON."),
        click.option("--sheet", "-s", type=_FILE, metavar="FILE", help="The samplesheet (CSV); - is stdin."),
        click.option("--revision", "-r", "version", metavar="VERSION", help="The release; the default one without it."),
        click.option("--pipeline", "-p", required=True, metavar="NAME", help="Such as nf-core/scrnaseq."),
    ):
        with_inputs = option(with_inputs)
    return with_inputs
