"""The methods that a function can call, found by name in the source: it may list too many, but never too few."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tools.pack_function.imports import ROOT, follow

_CALLED_BY_ITS_CLASS = {"__init__", "__call__", "__enter__", "__exit__", "__iter__", "__next__"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Method:
    """A function, method or class, such as `common.services.queue.work_queue.WorkQueue.add`."""

    name: str
    known_as: frozenset[str]  # the names by which callers use it: `.add`, or the class for methods that Python calls
    owner: frozenset[
        str
    ]  # its class: without the class name in use there is no instance; empty for functions and classes
    mentions: frozenset[str]  # the names it uses
    node: ast.AST

    def is_reached_by(self, mentioned: set[str]) -> bool:
        return bool(self.known_as & mentioned) and (not self.owner or bool(self.owner & mentioned))


def methods_reached_by(function: str) -> set[str]:
    """The dotted names of all methods that a request to the function can reach."""
    modules = set(follow(f"functions.{function}.main").modules)
    own = {module for module in modules if module.startswith(f"functions.{function}.")}
    mentioned = {name for module in own for name in _mentions(_tree(module))}
    methods = [method for module in modules for method in methods_in(module)]
    reached, is_growing = set[str](), True
    while is_growing:
        new = [method for method in methods if method.name not in reached and method.is_reached_by(mentioned)]
        reached |= {method.name for method in new}
        mentioned |= {name for method in new for name in method.mentions}
        is_growing = bool(new)
    return reached


@cache
def methods_in(module: str) -> list[Method]:
    return list(_methods(_tree(module).body, module, None))


def _methods(body: list[ast.stmt], prefix: str, owner: str | None) -> Iterator[Method]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            class_level = [*node.bases, *(inner for inner in node.body if not isinstance(inner, _FUNCTIONS))]
            mentions = frozenset(name for inner in class_level for name in _mentions(inner))
            yield Method(f"{prefix}.{node.name}", _named(node.name), frozenset(), mentions, node)
            yield from _methods(node.body, f"{prefix}.{node.name}", node.name)
        elif isinstance(node, _FUNCTIONS):
            known_as, owners = _known_as(node.name, owner), _named(owner) if owner else frozenset[str]()
            yield Method(f"{prefix}.{node.name}", known_as, owners, frozenset(_mentions(node)), node)


def _named(name: str) -> frozenset[str]:
    return frozenset({name, f".{name}"})


def _known_as(name: str, owner: str | None) -> frozenset[str]:
    if owner is None:
        return _named(name)
    return _named(owner) if name in _CALLED_BY_ITS_CLASS else frozenset({f".{name}"})


def _mentions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield f".{node.attr}"


@cache
def _tree(module: str) -> ast.Module:
    path = ROOT / module.replace(".", "/")
    source = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    return ast.parse(source.read_text(encoding="utf-8") if source.is_file() else "")
