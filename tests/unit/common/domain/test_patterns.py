"""Every regular expression that is used on text which others write needs linear time.

All compiled patterns of these packages are found by loading their modules, so that a new one is tried as well. For each
pattern, texts are made from its own parts: they begin as it does, repeat one or several of its parts, and end so that
it must give up. A part is a word, a class, a group or whatever else a pattern consists of.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from itertools import groupby, product
from pathlib import Path
from re import _constants as codes
from re import _parser
from typing import Any, Final, cast

import pytest

import common
import functions
from common.domain.pipelines.pipeline import Column, ParamType
from common.domain.pipelines.sheet.cells import cell_rule
from common.domain.runs.bucket_references import _pattern
from common.domain.runs.files import Buckets
from tests.support.doubling import assert_linear, quadratic_s, seconds_for

ROOT: Final = Path(common.__file__).parent.parent
FUNCTIONS_OF_RE: Final = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
METHODS: Final = FUNCTIONS_OF_RE - {"compile"}
MADE_WHEN_NEEDED: Final = {"common/domain/pipelines/sheet/cells.py", "common/domain/runs/bucket_references.py"}  # tried
MADE_FOR_TABLES: Final = {"common/domain/diagnosis/rules/rule.py"}  # tried, because the tables hold them
OF_PIPELINES: Final = {  # of registered releases; the import moves those that may be slow into rules with a budget
    "common/domain/pipelines/params.py",
    "common/services/pipelines/release_files.py",
}
# The methods that include the work of others: findall searches again and again, search tries each place as match does.
WIDER: Final = (("findall", "finditer", "sub", "subn", "split"), ("search",), ("match",))
LONGEST: Final = 8 * 1024  # characters; a pattern that needs quadratic time takes a second for so many
SHORT: Final = 512  # characters; many million steps for a pattern that needs cubic time
ENDINGS: Final = ("", "\n!")
REPEATS: Final = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def module_names() -> list[str]:
    return sorted(
        module.name
        for package in (common, functions)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.ispkg and not module.name.endswith(".main") and ".checkpoints." not in module.name
    )


def patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value: itself, or inside of containers and dataclasses."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth > 4 or isinstance(value, str | bytes | type):
        return
    elif isinstance(value, Mapping):
        yield from patterns_inside(value.values(), depth)
    elif isinstance(value, tuple | list | set | frozenset):
        yield from patterns_inside(value, depth)
    elif is_dataclass(value):
        yield from patterns_inside((getattr(value, field.name, None) for field in fields(value)), depth)


def patterns_inside(values: Iterable[object], depth: int) -> Iterator[re.Pattern[Any]]:
    for value in values:
        yield from patterns_in(value, depth + 1)


def named_patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name in module_names():
        for variable, value in vars(importlib.import_module(name)).items():
            yield from ((f"{name}.{variable}.{number}", found) for number, found in enumerate(patterns_in(value)))


def all_patterns() -> dict[str, re.Pattern[Any]]:
    """Every compiled pattern, under the name of its module and of the variable that holds it."""
    by_object = {id(pattern): (name, pattern) for name, pattern in reversed(list(named_patterns()))}
    found = dict(by_object.values())
    sheet = Column(name="c", type=ParamType.STRING, title="c", pattern=r"^\S+\.f(ast)?q\.gz$")
    found["sheet"] = cell_rule(sheet, names_samples=True).accepts.__self__  # type: ignore[attr-defined]
    found["buckets"] = _pattern(Buckets(runs="runs", logs="logs", work="work"))
    return found


PATTERNS: Final = all_patterns()


def uses_of(name: str) -> set[str]:
    """The methods with which the module of a pattern uses it; `search` for one in a table."""
    module, _, variable = name.rpartition(".")[0].rpartition(".")
    if not module:
        return {"fullmatch" if name == "sheet" else "search"}
    source = "".join(path.read_text() for path in (ROOT / Path(*module.split("."))).parent.glob("*.py"))
    return {method for method in METHODS if re.search(rf"\b{variable}\.{method}\(", source)} or {"search"}


def sample(part: object) -> str:
    """A short text that a parsed part matches, or nearly."""
    if isinstance(part, _parser.SubPattern | list):
        return "".join(map(sample, part))
    operation, argument = cast(tuple[Any, Any], part)
    if operation in REPEATS:
        inner: str = sample(argument[2])
        return inner * max(1, min(int(argument[0]), 8))
    makers: dict[Any, Callable[[Any], str]] = {
        codes.LITERAL: chr,
        codes.NOT_LITERAL: lambda code: "x" if code != ord("x") else "y",
        codes.ANY: lambda _: "x",
        codes.IN: sample_of_class,
        codes.BRANCH: lambda branches: sample(branches[1][0]),
        codes.SUBPATTERN: lambda group: sample(group[-1]),
        codes.ATOMIC_GROUP: sample,
    }
    return str(makers.get(operation, lambda _: "")(argument))


def sample_of_class(choices: list[tuple[Any, Any]]) -> str:
    pattern = re.compile(_class_text(choices), re.DOTALL)
    first = choices[-1][-1]
    return next(
        (char for char in "x a0A_-./: \t\n;]é|\x1b~Z" if pattern.fullmatch(char)),
        chr(first) if isinstance(first, int) else "x",
    )


def _class_text(choices: list[tuple[Any, Any]]) -> str:
    names = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_SPACE: r"\s",
             codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip
    text = ""
    for operation, argument in choices:
        match operation:
            case codes.NEGATE:
                text += "^"
            case codes.LITERAL:
                text += re.escape(chr(argument))
            case codes.RANGE:
                text += f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
            case codes.CATEGORY:
                text += names[argument]
    return f"[{text}]"


def widest(methods: set[str]) -> set[str]:
    """The methods without those whose work another one includes."""
    wide = next((found for group in WIDER if (found := methods.intersection(group))), set[str]())
    return {*sorted(wide)[:1], *methods.intersection({"fullmatch"})}


def parts_of(pattern: Iterable[Any]) -> list[list[Any]]:
    """The parts of a parsed pattern; characters that follow each other are one part, a word."""
    parts: list[list[Any]] = []
    for is_word, group in groupby(pattern, lambda part: part[0] is codes.LITERAL):
        found = list(group)
        parts += [found] if is_word else [[part] for part in found]
    return parts


def attacks_on(pattern: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Pairs of a beginning and a text to repeat behind it."""
    parts = parts_of(pattern)
    for first, (part, *_) in enumerate(parts):
        start = before + sample(parts[:first])
        lasts = {first, min(len(parts), first + 6) - 1, len(parts) - 1, min(len(parts) - 1, first + 1)}
        for unit in filter(None, (sample(parts[first : last + 1]) for last in lasts)):
            yield start, unit
            if unit[-1].isalnum():  # a word that must stand alone is found again only behind a space
                yield start, f"{unit} "
        for inner in inside(part):
            yield from attacks_on(inner, start)


def inside(part: tuple[Any, Any]) -> list[Any]:
    """The patterns in a part."""
    operation, argument = part
    if operation in REPEATS:
        return [argument[2]]
    if operation is codes.BRANCH:
        return list(argument[1])
    if operation in {codes.SUBPATTERN, codes.ASSERT, codes.ASSERT_NOT}:
        return [argument[-1]]
    return [argument] if operation is codes.ATOMIC_GROUP else []


def shortest(attack: tuple[str, str]) -> tuple[str, str]:
    """The shortest beginning and unit that make the same text: of ("ab", "bb") it is ("a", "b")."""
    before, unit = attack
    unit = unit[: (unit + unit).find(unit, 1)]
    while before and before[-1] == unit[-1]:
        before, unit = before[:-1], unit[-1] + unit[:-1]
    return before, unit


def apply(pattern: re.Pattern[Any], method: str, text: str) -> object:
    data: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    found = getattr(pattern, method)(*(["", data] if method in {"sub", "subn"} else [data]))
    return list(found) if method == "finditer" else found


def attack(pattern: re.Pattern[Any], methods: set[str]) -> None:
    """Fail if one of the texts needs more than linear time with one of the methods."""
    is_text = isinstance(pattern.pattern, str)
    parsed = _parser.parse(
        pattern.pattern if is_text else pattern.pattern.decode("latin-1"), pattern.flags & re.VERBOSE
    )
    attacks = dict.fromkeys(map(shortest, attacks_on(parsed)))
    for method, (before, unit), after in product(widest(methods), attacks, ENDINGS):
        for repeats in (20, SHORT // len(unit)):
            assert_not_explosive(partial(apply, pattern, method), before + unit * repeats + after)
        assert_linear(partial(apply, pattern, method), unit, before, after, longest=LONGEST)


def assert_not_explosive(read: Callable[[str], object], text: str) -> None:
    """Fail if a short text takes as long as a quadratic pattern needs for a long one: a long text would never end."""
    assert seconds_for(read, text) < quadratic_s(), f"{text[:200]!r}: times as long with each further repeat"


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_needs_linear_time(name: str) -> None:
    attack(PATTERNS[name], uses_of(name))


@pytest.mark.parametrize(
    ("slow", "method"),
    [
        (r"(.*); x=(.*); y=(.*)\]", "fullmatch"),
        (r"(\w+)=(\w*)", "findall"),
        (r"a\s*\.?\s*b", "match"),
        (r"(?:a|a)*b", "match"),
        (r"(?:(?:ab|cd)*)*x", "match"),
        (r"` job=([^;]*); uid=", "search"),
        (r"\bno such (?:file|folder)\b.*\bhere\b", "search"),
        (r"one|two|(?<!x)key=\S*\s*=end|three", "search"),
        (r"(?i)(?:error|warning): (?:[a-z]+ ?)+!", "search"),
        (r"(?:<[^>]*>\s*)+$", "sub"),
        (r"\d+(?=\w*:)", "finditer"),
        (r"(?>x+)y|x*?z", "split"),
    ],
)
def test_a_pattern_that_needs_more_time_is_found(slow: str, method: str) -> None:
    with pytest.raises(AssertionError, match="times as long"):
        attack(re.compile(slow), {method})


@pytest.mark.parametrize(
    ("used", "tried"),
    [
        ({"match", "search", "finditer", "sub"}, {"finditer"}),
        ({"match", "search"}, {"search"}),
        ({"match", "fullmatch"}, {"match", "fullmatch"}),
        ({"fullmatch"}, {"fullmatch"}),
    ],
)
def test_a_method_that_includes_the_work_of_others_is_tried_for_them(used: set[str], tried: set[str]) -> None:
    assert widest(used) == tried


def test_patterns_of_every_reader_are_found() -> None:
    modules = {name.rpartition(".")[0].rpartition(".")[0] for name in PATTERNS}
    assert modules >= {
        "common.domain.diagnosis.rules.table", "common.domain.nextflow.config.settings",
        "common.domain.nextflow.log.task_records", "common.domain.nextflow.log.records",
        "common.domain.nextflow.trace.layout", "common.domain.sequencing.read_pairs",
        "common.domain.batch.job", "common.web.bodies.json_object",
    }  # fmt: skip
    assert len(PATTERNS) > 80


def test_every_pattern_is_compiled_where_a_module_begins() -> None:
    """Else this test could not find it."""
    hidden = []
    for name in module_names():
        path = Path(*name.split(".")).with_suffix(".py")
        tree = ast.parse((ROOT / path).read_text())
        functions_of_module = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        calls = [node for function in functions_of_module for node in ast.walk(function) if isinstance(node, ast.Call)]
        hidden += [f"{path}:{call.lineno}" for call in calls if is_call_of_re(call)]
    assert {place.rpartition(":")[0] for place in hidden} == MADE_WHEN_NEEDED | MADE_FOR_TABLES | OF_PIPELINES


def is_call_of_re(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in FUNCTIONS_OF_RE
    )
