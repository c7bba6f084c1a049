"""The provider's arguments, read with ast from a package that mirrors them as Python classes.

Names are Terraform's, except that the package has plural names for repeated blocks (`lifecycle_rules`) and makes `name`
optional. It mirrors google-beta and does not show which arguments are beta-only.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.check_terraform.places import DATA_SOURCES, PLURAL_BLOCKS, RESOURCES, SINGULAR_LISTS

_INNER = re.compile(r"'(\w+Args)'")
_OUTPUT = re.compile(r":param pulumi\.Input\[[^\n]*\] (\w+): \(Output\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a resource or block, or an inner block (`inner` is its class)."""

    is_required: bool = False
    is_output: bool = False  # set by the provider, never by us
    is_repeated: bool = False
    inner: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The arguments of a resource or block by Terraform's names; inner blocks are defined in `module`."""

    module: str
    arguments: Mapping[str, Argument]
    outputs: frozenset[str] = field(default=frozenset())


class Provider:
    """Resources by type; `read` returns the text of a file of the package, or None."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read
        self._classes: dict[str, dict[str, ast.ClassDef]] = {}

    def resource(self, kind: str) -> Shape | None:
        """The arguments and outputs of a resource; None if places.py or the package lacks it."""
        module, _, name = RESOURCES.get(kind, "").partition(":")
        found = self._in_file(f"{module}.py")
        if f"{name}Args" not in found:
            return None
        shape = self._shape(module.partition("/")[0], found[f"{name}Args"], is_resource=True)
        outputs = {node.name for node in found[name].body if isinstance(node, ast.FunctionDef)} - {"__init__", "get"}
        return Shape(shape.module, shape.arguments, frozenset({"id", *outputs, *map(singular, outputs)}))

    def data_source(self, kind: str) -> Shape | None:
        """The arguments and outputs of a data source; None if it is unknown."""
        module, _, name = DATA_SOURCES.get(kind, "").partition(":")
        tree = ast.parse(self._read(f"{module}.py") or "")
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
        if not functions:
            return None
        names = {argument.arg for argument in functions[0].args.args} - {"opts"}
        result = next(node for node in tree.body if isinstance(node, ast.ClassDef))
        outputs = {node.name for node in result.body if isinstance(node, ast.FunctionDef)}
        return Shape(module.partition("/")[0], {name: Argument() for name in names}, frozenset(outputs))

    def block(self, shape: Shape, argument: Argument) -> Shape:
        """The arguments of the block that `argument` of `shape` is."""
        found = self._in_file(f"{shape.module}/_inputs.py")
        return self._shape(shape.module, found[argument.inner or ""], is_resource=False)

    def _in_file(self, path: str) -> dict[str, ast.ClassDef]:
        if path not in self._classes:
            tree = ast.parse(self._read(path) or "")
            self._classes[path] = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        return self._classes[path]

    def _shape(self, module: str, source: ast.ClassDef, *, is_resource: bool) -> Shape:
        init = next(node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
        outputs = set(_OUTPUT.findall(ast.get_docstring(init) or ""))
        arguments = {}
        for given, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
            hint = ast.unparse(given.annotation) if given.annotation else ""
            inner = _INNER.search(hint)
            is_repeated = "Sequence[" in hint
            name = _name_of(given.arg, is_block=bool(inner), is_repeated=is_repeated)
            arguments[name] = Argument(
                is_required=default is None or (is_resource and name == "name"),
                is_output=given.arg in outputs,
                is_repeated=is_repeated,
                inner=inner[1] if inner else None,
            )
        return Shape(module, arguments)


def _name_of(name: str, *, is_block: bool, is_repeated: bool) -> str:
    if is_block and is_repeated and name not in PLURAL_BLOCKS:
        return singular(name)
    return SINGULAR_LISTS.get(name, name)


def singular(name: str) -> str:
    """Terraform's singular for a plural name of the package."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-2] if name.endswith(("sses", "xes")) else name.removesuffix("s")
