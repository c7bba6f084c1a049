"""Evaluates the conditions of IAM grants, as far as terraform/ uses the language (a part of CEL)."""

import re
from collections.abc import Callable, Sequence
from typing import Final

Value = str | bool

_TOKEN: Final = re.compile(r"\s*(?:'(?P<text>[^'\\]*)'|(?P<mark>&&|\|\||==|!=|[().])|(?P<word>[A-Za-z]\w*))")
_TEMPLATE: Final = re.compile(r"(?P<before>[^{}]*){\w+}(?P<after>[^{}]*)")


def allows(condition: str, resource_name: str) -> bool:
    """Whether `condition` is true for a resource. Raises ValueError for anything that is not in the language's part."""
    parser = _Parser(_tokens(condition), resource_name)
    value = parser.either()
    if parser.tokens or not isinstance(value, bool):
        raise ValueError(f"not a condition: {condition}")
    return value


def extract(text: str, template: str) -> str:
    """`text.extract(template)`: what stands between the first `before` and the first `after` that follows it.

    The rest of the text if the template ends with the braces, and '' if one of both is missing (the attribute
    reference for IAM Conditions, "Extract function").
    """
    parts = _TEMPLATE.fullmatch(template)
    if parts is None:
        raise ValueError(f"not a template: {template}")
    _, before, rest = text.partition(parts["before"]) if parts["before"] else ("", "", text)
    if before != parts["before"]:
        return ""
    found, after, _ = rest.partition(parts["after"]) if parts["after"] else (rest, "", "")
    return found if after == parts["after"] else ""


_METHODS: Final[dict[str, Callable[[str, str], Value]]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "extract": extract,
}


def _tokens(condition: str) -> list[tuple[str, str]]:
    """Kinds and texts, the next one last."""
    found, at = [], 0
    while at < len(condition.rstrip()):
        match = _TOKEN.match(condition, at)
        if match is None:
            raise ValueError(f"cannot read {condition[at:]!r}")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found[::-1]


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], resource_name: str) -> None:
        self.tokens, self._resource_name = tokens, resource_name

    def either(self) -> Value:
        values = [self._both()]
        while self._next_is("||"):
            values.append(self._both())
        return values[0] if len(values) == 1 else any(_booleans(values))

    def _both(self) -> Value:
        values = [self._comparison()]
        while self._next_is("&&"):
            values.append(self._comparison())
        return values[0] if len(values) == 1 else all(_booleans(values))

    def _comparison(self) -> Value:
        left = self._operand()
        if self._next_is("=="):
            return left == self._operand()
        if self._next_is("!="):
            return left != self._operand()
        return left

    def _operand(self) -> Value:
        if self._next_is("("):
            value = self.either()
            self._expect(")")
            return value
        kind, text = self.tokens.pop()
        if kind == "text":
            return text
        self._expect(".")
        if (text, self._word()) != ("resource", "name"):
            raise ValueError(f"only resource.name is known, not {text}")
        return self._called(self._resource_name) if self._next_is(".") else self._resource_name

    def _called(self, text: str) -> Value:
        method = _METHODS[self._word()]
        self._expect("(")
        kind, argument = self.tokens.pop()
        self._expect(")")
        if kind != "text":
            raise ValueError(f"the argument of a method must be a text, not {argument}")
        return method(text, argument)

    def _word(self) -> str:
        return self.tokens.pop()[1]

    def _next_is(self, mark: str) -> bool:
        if self.tokens and self.tokens[-1] == ("mark", mark):
            self.tokens.pop()
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._next_is(mark):
            raise ValueError(f"{mark} expected")


def _booleans(values: Sequence[Value]) -> list[bool]:
    if not all(isinstance(value, bool) for value in values):
        raise ValueError("&& and || take conditions only")
    return [value is True for value in values]
