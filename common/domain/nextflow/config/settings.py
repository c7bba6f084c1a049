"""Reads the settings in the text of a Nextflow config without running it, in time that grows with its length.

The config is Groovy, so settings with computed names are not found. Beside plain assignments, the reader finds what can
change a setting in another way: an included file, a method that is called on a scope, a scope that is used as a value.
Syntax: the Nextflow reference, chapter "Configuration".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from common.domain.nextflow.config.changes import COMPUTED, UNKNOWN, Setting, Via
from common.domain.nextflow.config.tokens import content_of, has_code, tokens

INCLUDE: Final = "includeConfig"
_SELECTORS: Final = ("withName:", "withLabel:")  # as in Nextflow's quoted form 'withName:FOO'
_CODE: Final = frozenset({"if", "else", "for", "while", "do", "try", "catch", "finally", "switch", "def"})
_NO_TYPES: Final = frozenset({"else", "do", "return", "in", "case", "assert"})  # a name that follows is not declared
_NOT_IN_PATHS: Final = ("$", *_SELECTORS)
_SELF: Final = frozenset({"this", "owner", "delegate"})
# What reaches every method and setting under computed names, and in the config itself its class.
_REACH_ANYTHING: Final = frozenset(
    {"Eval", "GroovyShell", "InvokerHelper", "MethodClosure", "getMetaClass", "invokeMethod", "metaClass", "setBinding"}
    | {"setMetaClass", "setVariable"}
)
_CLASSES: Final = frozenset({"class", "getClass"})
_DEEPEST: Final = 100  # open brackets
MOST_NAMES: Final = 10_000  # of a config; whole pipelines of nf-core have fewer
_MOST_NAMES: Final = 8  # of a path or a statement; reserved settings have at most three, and profiles add two
_SCOPES_AS_VALUES: Final = frozenset({("process",), ("google",), ("google", "batch")})
_OPERATORS: Final = frozenset("+-*/%<>^|&?!:~\\")
_COMPARISONS: Final = frozenset({"!", "<", ">"})  # with the = that follows
_IS_ESCAPED: Final = re.compile(r"u{1,9}[0-9a-fA-F]{4}")
_EMBEDDED: Final = re.compile(r"\$\{([^{}]{0,1000})")  # the code in a text of double quotes
# A value on one line, or a closure without inner blocks; no more of it is needed.
_VALUE: Final = re.compile(r"[ \t]{0,20}(\{[^{}]{0,500}\}|[^\n;{}/]{0,500}(?:/(?![/*])[^\n;{}/]{0,500}){0,500})")
_LONGEST_VALUE: Final = 520  # characters, with the blanks before it; each is read once for each = before it


def settings_in(config: str) -> Iterator[Setting]:
    """The settings that `config` makes by name, in the order of the lines."""
    return (found for found in changes_in(config) if found.via is Via.ASSIGNMENT)


def changes_in(config: str) -> Iterator[Setting]:
    """Everything in `config` that sets something or may do so, in the order of the lines."""
    return _Reader(config).read()


@dataclass(slots=True)
class _Block:
    """An open block: the names and selectors of all blocks around a setting in it, and the brackets open before it."""

    names: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    brackets: int = 0


@dataclass(slots=True)
class _Bracket:
    """An open ( or [ behind the names `before` (None: it stands alone), and what it holds so far."""

    before: tuple[str, ...] | None
    is_list: bool
    names: int = 0
    others: int = 0
    commas: int = 0

    @property
    def is_tuple(self) -> bool:
        """Whether it holds nothing but names with commas between them."""
        return not self.is_list and self.before is None and 0 < self.commas == self.others == self.names - 1


@dataclass(slots=True)
class _Reader:
    """Reads token by token. `chain` is the last dotted name, such as process.executor; nothing follows it if `is_last`.

    `statement` holds the names of the statement so far, which name a block; `operator` the marks behind the chain.
    """

    config: str
    line: int = 1
    blocks: list[_Block] = field(default_factory=lambda: [_Block()])
    brackets: list[_Bracket] = field(default_factory=list)
    names: int = 0
    statement: list[str] = field(default_factory=list)
    is_assigned: bool = False
    has_call: bool = False
    chain: tuple[str, ...] = ()
    is_text: bool = False  # the chain begins with a quoted text
    is_declared: bool = False  # the chain is the name of a local variable
    is_last: bool = False
    is_dotted: bool = False  # a dot has just been read
    is_pointer: bool = False  # .& has just been read: the name that follows becomes a value
    operator: str = ""

    def read(self) -> Iterator[Setting]:
        for kind, word, end in tokens(self.config):
            match kind:
                case "equals":
                    yield from self._equals(word, end)
                case "name" | "text":
                    self.names += 1
                    yield from self._name(word, is_text=kind == "text")
                case "mark":
                    yield from self._mark(word)
            if len(self.blocks) + len(self.brackets) > _DEEPEST:
                yield Setting(line=self.line, path=("blocks",), via=Via.DEPTH)
                return
            if self.names > MOST_NAMES:
                yield Setting(line=self.line, path=(f"name {self.names:,}",), via=Via.LENGTH)
                return
            self.line += word.count("\n")
        yield from self._end_chain()

    def _name(self, word: str, *, is_text: bool) -> Iterator[Setting]:
        name = content_of(word) if is_text else word
        is_computed = is_text and has_code(word)
        if name == INCLUDE or (is_computed and INCLUDE in word):
            yield Setting(line=self.line, path=(INCLUDE,), via=Via.INCLUDED_FILE)
        if self.operator == "\\" and _IS_ESCAPED.match(name):
            yield Setting(line=self.line, path=(f"\\{name[:5]}",), via=Via.ESCAPE)
        if is_computed:
            yield from self._embedded(word)
        if name in _REACH_ANYTHING or self._is_own_class(name):
            yield Setting(line=self.line, path=(name,), via=Via.REFLECTION)
        if self._is_computed_name() and not self.operator and not self.is_dotted:  # a command: "$name" 'x.config'
            yield Setting(line=self.line, path=(COMPUTED,), via=Via.REFLECTION)
        if not self.is_dotted:
            is_declared = self.is_last and not self.operator and not _NO_TYPES.intersection(self.chain)
            yield from self._end_chain()
            self.is_text, self.is_declared = is_text, is_declared
            self._count(names=1)
        if len(self.chain) < _MOST_NAMES:
            self.chain = (*self.chain, COMPUTED if is_computed else name)
        if not self.is_assigned and len(self.statement) < _MOST_NAMES:
            self.statement.append(name)
        self.is_last, self.is_dotted, self.operator = True, False, ""
        if self.is_pointer and self._is_computed_name():
            yield Setting(line=self.line, path=(COMPUTED,), via=Via.REFLECTION)
        self.is_pointer = False

    def _is_own_class(self, name: str) -> bool:
        """Whether the next name means the class of the config itself."""
        return name == "getClass" if not self.is_dotted else name in _CLASSES and _SELF.issuperset(self.chain)

    def _is_computed_name(self) -> bool:
        """Whether the chain is a name that the config computes, of a method of its own."""
        return self.is_last and tuple(name for name in self.chain if name not in _SELF) == (COMPUTED,)

    def _embedded(self, text: str) -> Iterator[Setting]:
        for code in _EMBEDDED.finditer(text):
            inner = _Reader(code[1], line=self.line).read()
            yield from (found for found in inner if found.via is not Via.INCLUDED_FILE)

    def _equals(self, word: str, value_at: int) -> Iterator[Setting]:
        if word == "=" and self.operator not in _COMPARISONS:
            if self.is_last and not self.is_declared:
                yield self._found(self.chain, Via.ASSIGNMENT, value_at)
            self.is_assigned, self.is_last = True, False
        yield from self._end_chain()
        self._count(others=1)

    def _mark(self, mark: str) -> Iterator[Setting]:
        match mark:
            case ".":
                self.chain = self.chain if self.is_last else (UNKNOWN,)
                self.is_last, self.is_dotted, self.operator = False, True, ""
            case "@" | "&" if self.is_dotted:
                self.is_pointer = mark == "&"
            case "(" | "[":
                yield from self._open_bracket(mark)
            case ")" | "]":
                yield from self._close_bracket()
            case "{":
                yield from self._open_block()
            case "}":
                yield from self._end_chain()
                self._close_block()
            case "\n" | ";":
                yield from self._end_chain()
                if len(self.brackets) == self.blocks[-1].brackets:
                    self._end_statement()
            case _ if mark in _OPERATORS:
                yield from self._take_operator(mark)
            case _:
                yield from self._end_chain()
                self._count(others=1, commas=mark == ",")

    def _take_operator(self, mark: str) -> Iterator[Setting]:
        self._count(others=1)
        self.operator = (self.operator + mark)[-2:]
        if self.operator == "<<" and self.is_last:
            yield self._found((*self.chain, "leftShift"), Via.CALL)

    def _open_bracket(self, mark: str) -> Iterator[Setting]:
        follows_name = self.is_last and not self.operator
        if mark == "(":
            self.has_call = True
            if self._is_computed_name() and follows_name:
                yield Setting(line=self.line, path=(COMPUTED,), via=Via.REFLECTION)
            elif follows_name:
                yield self._found(self.chain, Via.CALL)
        self._count(others=1)
        names_a_member = (follows_name and mark == "[") or (self.is_dotted and mark == "(")
        self.brackets.append(_Bracket(self.chain if names_a_member else None, is_list=mark == "["))
        if mark == "(" and follows_name:
            self.brackets[-1].others = 1  # the result of a call is no name
        self.chain, self.is_last, self.is_dotted, self.operator = (), False, False, ""

    def _close_bracket(self) -> Iterator[Setting]:
        if len(self.brackets) == self.blocks[-1].brackets:  # a surplus bracket is ignored
            yield from self._end_chain()
            return
        bracket = self.brackets.pop()
        is_one_name = bracket.names == 1 and not bracket.others and self.is_last
        if bracket.before is not None:
            is_literal = is_one_name and self.is_text and len(self.chain) == 1
            self.chain = (*bracket.before, self.chain[0] if is_literal else COMPUTED)[:_MOST_NAMES]
            self.is_last, self.is_text = True, False
        elif bracket.is_list or not is_one_name:
            yield from self._end_chain()
            if bracket.is_tuple:  # of names that are assigned together: (workDir, x) = ['a', 1]
                self.chain, self.is_last, self.is_declared = (COMPUTED,), True, "def" in self.statement
        self.operator = ""

    def _open_block(self) -> Iterator[Setting]:
        follows_name = self.is_last and not self.operator
        if follows_name:
            yield self._found(self.chain, Via.CALL)
        outer, is_bracketed = self.blocks[-1], len(self.brackets) > self.blocks[-1].brackets
        names = () if self.is_assigned or is_bracketed else self._names_of_block()
        selectors = (*outer.selectors, *(name for name in names if name.startswith(_SELECTORS)))
        all_names = (*outer.names, *names)[:_MOST_NAMES]
        if self.is_assigned or is_bracketed:  # the body of a closure, which runs elsewhere
            all_names, selectors = (), ()
        self._count(others=1)
        self.blocks.append(_Block(all_names, selectors[-_MOST_NAMES:], len(self.brackets)))
        self._end_statement()

    def _close_block(self) -> None:
        if len(self.blocks) > 1:  # a surplus brace is ignored
            del self.brackets[self.blocks.pop().brackets :]
        self._end_statement()

    def _names_of_block(self) -> tuple[str, ...]:
        match self.statement:
            case [("withName" | "withLabel") as selector, *names]:
                return (f"{selector}:{' '.join(names)}",)
            case [word, *_] if word in _CODE or self.has_call:
                return ()
            case words:
                return tuple(words)

    def _end_statement(self) -> None:
        self.statement, self.is_assigned, self.has_call = [], False, False
        self.chain, self.is_last, self.is_dotted, self.operator = (), False, False, ""

    def _end_chain(self) -> Iterator[Setting]:
        """Forget the last name; if it is a whole scope that was used as a value, yield that."""
        is_value = self.is_last and not self.is_text and self.operator not in {":", "?"}
        if is_value and _SELF.issuperset(self.chain):
            yield Setting(line=self.line, path=self.chain, via=Via.VALUE)
        elif is_value and tuple(name for name in self.chain if name not in _SELF) in _SCOPES_AS_VALUES:
            yield self._found(self.chain, Via.VALUE)
        self.chain, self.is_last, self.is_dotted, self.operator = (), False, False, ""

    def _count(self, *, names: int = 0, others: int = 0, commas: int = 0) -> None:
        if self.brackets:
            self.brackets[-1].names += names
            self.brackets[-1].others += others
            self.brackets[-1].commas += commas

    def _found(self, chain: tuple[str, ...], via: Via, value_at: int | None = None) -> Setting:
        block, own, outer = self.blocks[-1], _of_path(chain), _of_path(self.blocks[-1].names)
        path = own if via is Via.VALUE or (via is Via.CALL and len(own) == 1) else (*outer, *own)
        value = None if value_at is None else _VALUE.match(self.config, value_at, value_at + _LONGEST_VALUE)
        return Setting(
            line=self.line,
            path=path[2:] if path[:1] == ("profiles",) else path,
            selectors=(*block.selectors, *(name for name in chain if name.startswith(_SELECTORS))),
            value=value[1].strip() if value else "",
            own_path=own,
            via=via,
        )


def _of_path(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names` without those that add nothing to the path of a setting: selectors, old ones ($name), and `this`."""
    return tuple(name for name in names if name not in _SELF and not name.startswith(_NOT_IN_PATHS))
