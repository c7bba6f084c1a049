"""Splits the text of a Nextflow config into tokens, as Groovy does, in time that grows with its length.

A slash begins a text only where no value ends before it, and `${...}` in a text is code, which may hold texts of its
own. Who reads them otherwise takes settings for texts: `x = /'/; includeConfig 'a'; y = /'/`.
Source: Groovy's lexer (GroovyLexer.g4, `isRegexAllowed`; AbstractLexer, `lastTokenType`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\f\r]+|//[^\n]*|\#![^\n]*|/\*.*?(?:\*/|\Z)|\\\n)
    |(?P<text>'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|\$(?!\{)|[^\\$])*?(?:\"\"\"|\Z)
        |'(?:\\.|[^'\\\n])*'?|"(?!"")(?:\\.|\$(?!\{)|[^"\\\n$])*+(?:"|(?=\n)|\Z))
    |(?P<string>\"\"\"|"|\$/)
    |(?P<name>[^\W\d][\w$]*|\$[\w$]+)
    |(?P<equals>==|=~|=)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
# What follows in a string, up to its end or to code in it.
_REST: Final = {
    '"': re.compile(r'(?:[^"\\\n$]++|\\.|\$(?!\{))*+(?:(?P<code>\$\{)|(?P<end>"|(?=\n))|\Z|\\\Z)', re.DOTALL),
    '"""': re.compile(r'(?:[^"\\$]++|\\.|\$(?!\{)|"(?!""))*+(?:(?P<code>\$\{)|(?P<end>""")|\Z|\\\Z)', re.DOTALL),
    "/": re.compile(r"(?:[^/\\$]++|\\/|\\|\$(?!\{))*+(?:(?P<code>\$\{)|(?P<end>/)|\Z)"),
    "$/": re.compile(r"(?:[^/$]++|\$\$|\$/|\$(?!\{)|/(?!\$))*+(?:(?P<code>\$\{)|(?P<end>/\$)|\Z)"),
}
_ESCAPE: Final = re.compile(r"\\(?:u{1,9}([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|(\r?\n)|(.))", re.DOTALL)
_LETTERS: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "s": " "}
_VALUES: Final = frozenset(")]}0123456789")  # a slash behind one of them divides
_KEYWORDS: Final = (
    "abstract as assert boolean break byte case catch char class const continue def default do double else enum extends"
    " final finally float for goto if implements import in instanceof int interface long native new package private"
    " protected public return short static strictfp super switch synchronized threadsafe throw throws trait transient"
    " try void volatile while"
)
_NO_VALUES: Final = frozenset(_KEYWORDS.split())  # a slash behind one of them begins a text


class Token(NamedTuple):
    """`kind` is blank, text, name, equals or mark; `end` is the place in the config behind the token."""

    kind: str
    text: str
    end: int

    @property
    def start(self) -> int:
        return self.end - len(self.text)


def tokens(config: str, start: int = 0) -> Iterator[Token]:
    """The tokens of a config from a place between two of them on; together they are its whole text."""
    return _Lexer(config, start).tokens()


def content_of(text: str) -> str:
    """What stands between the quotes of a text, with the characters that are written as numbers or letters."""
    if text.startswith("$/"):
        return text[2:-2]
    content = text[1:-1] if text.startswith("/") else text.strip("'\"")
    return _ESCAPE.sub(_unescaped, content) if "\\" in content else content


def has_code(text: str) -> bool:
    """Whether Groovy computes a part of a text."""
    return not text.startswith("'") and "$" in text.removeprefix("$/").removesuffix("/$")


def _unescaped(escape: re.Match[str]) -> str:
    if number := escape[1]:
        return chr(int(number, 16))
    if digits := escape[2]:
        return chr(int(digits, 8))
    return "" if escape[3] else _LETTERS.get(escape[4], escape[4])


@dataclass(slots=True)
class _Lexer:
    """Reads one config. `open` holds the open brackets and strings; `began` is where the outermost string begins."""

    config: str
    at: int = 0
    open: list[str] = field(default_factory=list)
    strings: int = 0
    began: int = 0
    ends_value: bool = False  # a value ends before the next token
    last: str = ""
    never_closed: set[str] = field(default_factory=set)  # kinds of strings that the rest of the config does not close

    def tokens(self) -> Iterator[Token]:
        while self.at < len(self.config):
            if self.open and self.open[-1] in _REST:
                yield from self._read_string(self.open[-1])
            else:
                yield from self._read_code()
            if self.at == len(self.config) and self.strings:  # Groovy could not read it; take the quote for a mark
                yield from self._give_up()

    def _read_code(self) -> Iterator[Token]:
        """Read tokens up to the beginning of a string, or to the end of the code in one."""
        for found in _TOKEN.finditer(self.config, self.at):
            kind, word = str(found.lastgroup), found[0]
            self.at = found.end()
            quote = self._quote_in(kind, word)
            if quote:
                self.began = self.began if self.strings else found.start()
                self.open.append(quote)
                self.strings += 1
                return
            if not self.strings:
                yield Token("mark" if kind == "string" else kind, word, self.at)
            self._note(kind, word)
            if self.open and self.open[-1] in _REST:
                return

    def _read_string(self, quote: str) -> Iterator[Token]:
        piece = _REST[quote].match(self.config, self.at)
        self.at = piece.end() if piece else len(self.config)
        if piece and piece["code"]:
            self.open.append("{")
            self.ends_value = False
        elif piece and piece["end"] is not None:
            self.open.pop()
            self.strings -= 1
            self.ends_value = True
            if not self.strings:
                yield Token("text", self.config[self.began : self.at], self.at)

    def _give_up(self) -> Iterator[Token]:
        outermost = next(index for index, mark in enumerate(self.open) if mark in _REST)
        quote = self.open[outermost]
        self.never_closed.add(quote)
        del self.open[outermost:]
        self.strings, self.at, self.ends_value = 0, self.began + len(quote), False
        yield Token("mark", quote, self.at)

    def _quote_in(self, kind: str, word: str) -> str:
        """The quote that opens a string here; empty if there is none."""
        begins = kind == "string" or (word == "/" and kind == "mark" and not self.ends_value)
        return word if begins and word not in self.never_closed else ""

    def _note(self, kind: str, word: str) -> None:
        """Note the brackets that a token opens or closes, and whether a value ends with it."""
        match kind:
            case "blank":
                return
            case "name":
                self.ends_value = word not in _NO_VALUES
            case "mark" if word in {"(", "[", "{"}:
                self.open.append(word)
                self.ends_value = False
            case "mark" if word == "\n":
                self.ends_value &= bool(self.open) and self.open[-1] in {"(", "["}
            case "mark":
                if word in {")", "]", "}"} and self.open:
                    self.open.pop()
                self.ends_value = word in _VALUES or (word in {"+", "-"} and word == self.last)
            case _:
                self.ends_value = kind == "text"
        self.last = word
