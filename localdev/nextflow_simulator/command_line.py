"""Parses a Nextflow command line: launcher options, `run`, options of `run`, pipeline parameters (--name value)."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCHER_OPTIONS = {"-log", "-c", "-config"}
_RUN_OPTIONS = {
    "-r": "-revision", "-revision": "-revision", "-w": "-work-dir", "-work-dir": "-work-dir", "-name": "-name",
    "-profile": "-profile", "-ansi-log": "-ansi-log", "-with-trace": "-with-trace", "-with-report": "-with-report",
    "-with-timeline": "-with-timeline", "-params-file": "-params-file",
}  # fmt: skip


class UsageError(Exception):
    """Nextflow would not accept this command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand:
    """A parsed `nextflow run`; options that were not given are empty or None."""

    line: str  # as the log shows it
    log_file: Path
    config_files: tuple[Path, ...]
    pipeline: str
    revision: str
    name: str
    profile: str
    work_dir: str
    trace: Path | None
    report: Path | None
    timeline: Path | None
    params_file: Path | None
    resume: str | None  # a session id, "" for the last session, None without -resume
    params: dict[str, str]


def parse(arguments: Sequence[str]) -> RunCommand:
    """Parse `arguments`, everything after the word nextflow. Raises UsageError."""
    words = iter(arguments)
    log_file, configs = Path(".nextflow.log"), list[Path]()
    for word in words:
        if word == "run":
            break
        if word not in _LAUNCHER_OPTIONS:
            raise UsageError(f"Unknown option: {word} -- Check the available commands and options with 'nextflow help'")
        if word == "-log":
            log_file = Path(_value_of(word, words))
        else:
            configs.append(Path(_value_of(word, words)))
    else:
        raise UsageError("the simulator supports only the command `run`")
    pipeline, options, params = _read_run(words, configs)

    def path(option: str) -> Path | None:
        return Path(options[option]) if option in options else None

    return RunCommand(
        line=" ".join(["nextflow", *map(_quoted, arguments)]),
        log_file=log_file,
        config_files=tuple(configs),
        pipeline=pipeline,
        revision=options.get("-revision", ""),
        name=options.get("-name", ""),
        profile=options.get("-profile", "standard"),
        work_dir=options.get("-work-dir", "work"),
        trace=path("-with-trace"),
        report=path("-with-report"),
        timeline=path("-with-timeline"),
        params_file=path("-params-file"),
        resume=options.get("-resume"),
        params=params,
    )


def _read_run(words: Iterator[str], configs: list[Path]) -> tuple[str, dict[str, str], dict[str, str]]:
    """Parse what follows `run` into pipeline, options and parameters; add configuration files to `configs`."""
    pipeline = ""
    options: dict[str, str] = {}
    params: dict[str, str] = {}
    for word in words:
        match word:
            case "-c":
                configs.append(Path(_value_of(word, words)))
            case "-resume":
                options[word] = next(words, "")
            case _ if word.startswith("--"):
                params[word.removeprefix("--")] = _value_of(word, words)
            case _ if word in _RUN_OPTIONS:
                options[_RUN_OPTIONS[word]] = _value_of(word, words)
            case _ if word.startswith("-") or pipeline:
                raise UsageError(f"Unknown option: {word} -- Check the available options with 'nextflow run -h'")
            case _:
                pipeline = word
    if not pipeline:
        raise UsageError("No project name or file was specified")
    return pipeline, options, params


def _quoted(word: str) -> str:
    """A word as the log shows it; Nextflow also quotes words with a colon."""
    return f"'{word}'" if ":" in word and shlex.quote(word) == word else shlex.quote(word)


def _value_of(option: str, words: Iterator[str]) -> str:
    value = next(words, None)
    if value is None:
        raise UsageError(f"Missing value for option: {option}")
    return value
