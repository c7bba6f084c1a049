"""A config is split into texts and code as Groovy does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.config.tokens import content_of, has_code, tokens

PIECES = [*"{}[]()'\"=.;:$/*\\\n #+-", "'''", '"""', "${", "$/", "/$", "//", "/*", "*/", "return ", "a", "1", "++"]


def words(config: str) -> list[str]:
    return [token.text for token in tokens(config) if token.kind != "blank"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("x = /'/; y", ["x", "=", "/'/", ";", "y"]),
        (r"x = /a\/'/; y", ["x", "=", r"/a\/'/", ";", "y"]),
        ("return /'/", ["return", "/'/"]),
        ("a / 'b' / c", ["a", "/", "'b'", "/", "c"]),
        ("f() / 'b'", ["f", "(", ")", "/", "'b'"]),
        ("4 / 'b' / 2", ["4", "/", "'b'", "/", "2"]),
        ("i++ / 'b'", ["i", "+", "+", "/", "'b'"]),
        ("a\n/'/", ["a", "\n", "/'/"]),
        ("(a\n/'/')", ["(", "a", "\n", "/", "'/'", ")"]),
        ("x = $/ it's $$ /$ y", ["x", "=", "$/ it's $$ /$", "y"]),
        ("a$/b/$", ["a$", "/", "b", "/", "$"]),
        ('"${\'"\'}" y', ['"${\'"\'}"', "y"]),
        ('"${f { "}" }}" y', ['"${f { "}" }}"', "y"]),
        ('"""a ${"b"}\n""" y', ['"""a ${"b"}\n"""', "y"]),
        ("/a${'/'}b/ y", ["/a${'/'}b/", "y"]),
        (r'"\${" y', [r'"\${"', "y"]),
        ('"a$b" ""', ['"a$b"', '""']),
        ("x = / y 'z'", ["x", "=", "/", "y", "'z'"]),
        ("\"${ 'z'", ['"', "$", "{", "'z'"]),
    ],
)
def test_a_text_ends_where_groovy_ends_it(config: str, expected: list[str]) -> None:
    assert words(config) == expected


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_the_tokens_are_the_whole_config(config: str) -> None:
    found = list(tokens(config))
    assert "".join(token.text for token in found) == config
    assert all(config[token.start : token.end] == token.text for token in found)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("'a'", "a"),
        (r"'\u0061\141\n\'\\b'", "aa\n'\\b"),
        ("'a\\\nb'", "ab"),
        (r'"\$x"', "$x"),
        ("/a b/", "a b"),
        ("$/a'b/$", "a'b"),
        ('"""a"""', "a"),
    ],
)
def test_the_content_of_a_text(text: str, content: str) -> None:
    assert content_of(text) == content


def test_a_text_with_code_is_told_apart() -> None:
    assert all(map(has_code, ['"$a"', '"${a}"', "/$a/", "$/$a/$", '"""$a"""']))
    assert not any(map(has_code, ["'$a'", '"a"', "/a/", "$/a/$", "'''$a'''"]))
