"""Parses the Logging query language as far as Sluice and Nextflow use it, without functions and NULL_VALUE.

expression = factor { ["AND"] factor }          OR binds tighter than AND, as in Google's grammar
factor     = term { "OR" term }
term       = ["NOT" | "-"] ( "(" expression ")" | path operator value | word )
value      = word | "(" word { ["AND" | "OR"] word } ")"
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.logging.filter_match import Predicate, compare, mentions

MAX_CHARACTERS = 20_000
MAX_NESTING = 50

_PART = r'(?:"(?:\\.|[^"\\])*"|[^\s()=<>!:~".]+)'
_TOKEN = re.compile(
    rf"""\s+ | --[^\n]*
    | (?P<operator> >= | <= | != | =~ | !~ | [=:<>])
    | (?P<mark> [()] | -(?=\())
    | (?P<word> -?{_PART}(?:\.{_PART})* )""",
    re.VERBOSE,
)
_RESERVED = frozenset({"AND", "OR", "NOT", "-"})
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # operator, mark, word, end
    text: str


def parse_filter(text: str) -> Predicate:
    """The predicate of a filter on LogEntry messages. Raises ServiceError 400 when it cannot be parsed."""
    if len(text) > MAX_CHARACTERS:
        raise _unparseable(f"longer than {MAX_CHARACTERS} characters")
    parser = _Parser(_tokens(text))
    if parser.at_end():
        return lambda _entry: True
    predicate = parser.expression(nesting=0)
    if not parser.at_end():
        raise _unparseable(f"unexpected {parser.peek().text!r}")
    return predicate


def _unparseable(reason: str) -> ServiceError:
    return ServiceError(400, f"Unparseable filter: {reason}")


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unparseable(f"syntax error at column {at}, near {text[at : at + 10]!r}")
        if match.lastgroup:
            tokens.append(_Token(match.lastgroup, match[0]))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens, self._next = tokens, 0

    def peek(self) -> _Token:
        return _Token("end", "the end") if self.at_end() else self._tokens[self._next]

    def at_end(self) -> bool:
        return self._next >= len(self._tokens)

    def _take(self) -> _Token:
        token = self.peek()
        self._next += 1
        return token

    def _take_if(self, *texts: str) -> bool:
        taken = self.peek().text in texts
        self._next += taken
        return taken

    def expression(self, nesting: int) -> Predicate:
        if nesting > MAX_NESTING:
            raise _unparseable(f"parentheses nested more than {MAX_NESTING} deep")
        factors = [self._factor(nesting)]
        while not self.at_end() and self.peek().text != ")":
            self._take_if("AND")
            factors.append(self._factor(nesting))
        return lambda entry: all(factor(entry) for factor in factors)

    def _factor(self, nesting: int) -> Predicate:
        terms = [self._term(nesting)]
        while self._take_if("OR"):
            terms.append(self._term(nesting))
        return lambda entry: any(term(entry) for term in terms)

    def _term(self, nesting: int) -> Predicate:
        negated = self._take_if("NOT", "-")
        token = self._take()
        if token.text == "(":
            predicate = self.expression(nesting + 1)
            self._close()
        else:
            negated ^= token.text.startswith("-")
            predicate = self._restriction(_word(token).removeprefix("-"))
        return (lambda entry: not predicate(entry)) if negated else predicate

    def _restriction(self, word: str) -> Predicate:
        if self.peek().kind != "operator":
            return mentions(_text(word))
        path, operator = tuple(_text(part) for part in re.findall(_PART, word)), self._take().text
        if not self._take_if("("):
            return compare(path, operator, _text(_word(self._take())))
        return self._any_or_all(path, operator)

    def _any_or_all(self, path: tuple[str, ...], operator: str) -> Predicate:
        choices = [compare(path, operator, _text(_word(self._take())))]
        connectives = set()
        while not self._take_if(")"):
            connectives.add("OR" if self._take_if("OR") else "AND")
            self._take_if("AND")
            choices.append(compare(path, operator, _text(_word(self._take()))))
        if len(connectives) > 1:
            raise _unparseable("AND and OR mixed in the values of one comparison")
        combine = any if connectives == {"OR"} else all
        return lambda entry: combine(choice(entry) for choice in choices)

    def _close(self) -> None:
        if not self._take_if(")"):
            raise _unparseable(f"expected ')', found {self.peek().text!r}")


def _word(token: _Token) -> str:
    if token.kind != "word" or token.text in _RESERVED:
        raise _unparseable(f"expected a field or a value, found {token.text!r}")
    return token.text


def _text(word: str) -> str:
    """A word without its quotes and escapes."""
    quoted = len(word) >= 2 and word.startswith('"') and re.fullmatch(_PART, word)
    return _ESCAPE.sub(_unescape, word[1:-1]) if quoted else word


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPED.get(escape, match[0])
