"""sluice files and get."""

import fnmatch
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.errors import InputError, Interrupted, NotFoundError, SluiceError
from sluice.output.terminal import tell
from sluice.output.words import counted, size_words
from sluice.output.writer import Column, Output
from sluice.vocabulary import GROUPS, LAST

if TYPE_CHECKING:
    from sluice.client import Sluice
    from sluice.run import RunFile

_COLUMNS: Final = (
    Column["RunFile"]("file", lambda file: file.path),
    Column["RunFile"]("size", lambda file: size_words(file.size), is_number=True),
    Column["RunFile"]("updated", lambda file: file.updated_at),
)


@click.command(epilog=example("sluice files", "sluice files --group results --format '{name} {size}'"))
@run_argument
@click.option("--group", type=click.Choice(GROUPS), help="Only these.")
@output_options
def files(out: Output, reference: str, group: str | None) -> None:
    """List the files of a run: inputs, results and logs."""
    with connect() as sluice:
        out.records(sluice.run(reference).files(group), _COLUMNS)


@click.command(epilog=example("sluice get 'results/*.html' out", "sluice get run-0229dfe4 'logs/*' ."))
@run_argument
@click.argument("pattern", required=False)
@click.argument("folder", required=False)
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
def get(reference: str, pattern: str | None, folder: str | None, *, overwrite: bool) -> None:
    """Fetch files into a folder, and write the path of each.

    PATTERN is compared with the whole path, such as results/star/a.bam; its * stands for any text, with slashes.
    Without it all results are fetched, without FOLDER into this one; RUN may be left out before a PATTERN.

    Files that were fetched before are left as they are. After ctrl-C or a broken connection, the same command goes on.
    """
    if _is_pattern(reference) and folder is None:
        reference, pattern, folder = LAST, reference, pattern
    wanted, target = pattern or "results/*", Path(folder or ".")
    with connect() as sluice:
        count, errors = _Fetching(sluice, reference, wanted, target, overwrite=overwrite).run()
    if not count and not errors:
        raise NotFoundError(f"no file of the run matches {wanted!r}; `sluice files {reference}` lists them")
    tell(f"{counted(count, 'file')} in {target}")
    if errors:
        for error in errors[:-1]:
            tell(f"sluice: {error.message}")
        raise errors[-1]


def _is_pattern(text: str) -> bool:
    """Whether this is no run: an id has neither of these."""
    return "/" in text or "*" in text


class _Fetching:
    """One call of `get`."""

    def __init__(self, sluice: "Sluice", reference: str, pattern: str, folder: Path, *, overwrite: bool) -> None:
        from sluice.downloads import Download  # noqa: PLC0415 it loads the HTTP library

        self._run = sluice.run(reference)
        self._pattern, self._folder = pattern, folder
        self._download = Download(sluice.api.transport, self._looked_up, overwrite=overwrite)
        self._errors: list[SluiceError] = []

    def run(self) -> tuple[int, list[SluiceError]]:
        """How many files are there now, and what went wrong."""
        count, out = 0, Output()
        try:
            for target, outcome in self._download.fetch_all(self._wanted()):
                if isinstance(outcome, SluiceError):
                    self._errors.append(outcome)
                    continue
                count += 1
                out.line(str(target))
        except KeyboardInterrupt:
            raise Interrupted("stopped; the same command goes on where it was") from None
        return count, self._errors

    def _wanted(self) -> "Iterator[tuple[RunFile, Path]]":
        from sluice.downloads import target_of  # noqa: PLC0415

        for file in self._run.files():
            if not fnmatch.fnmatchcase(file.path, self._pattern):
                continue
            try:
                yield file, target_of(self._folder, file.path)
            except InputError as error:
                self._errors.append(error)

    def _looked_up(self, path: str) -> "RunFile | None":
        """The file with a new link; None if it is gone."""
        group = path.partition("/")[0]
        return next((file for file in self._run.files(group) if file.path == path), None)
