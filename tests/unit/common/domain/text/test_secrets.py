"""Secrets are hidden wherever a text or a value leaves."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.text.secret_pieces import hide_in_pieces
from common.domain.text.secrets import (
    HIDDEN,
    SIGNS_PATTERN,
    _without_secrets,
    faults_in_hidden_params,
    hide_in,
    hide_in_text,
    hide_value,
    is_secret_name,
    keep_hidden,
    shown_fault,
)
from common.errors import Fault
from tests.support.doubling import assert_linear
from tests.support.secrets import SHAPES

WORDS = st.text("abcdefghijkmnopqrsuvwxyz0123456789", min_size=12, max_size=40)  # that no pattern knows by its shape


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "dbPassword",
        "DB_PASSWORD",
        "api_key",
        "apiKey",
        "API-KEY",
        "params.tower.accessToken",
        "token",
        "AWS_SECRET_ACCESS_KEY",
        "private_key",
        "client_secret",
        "sshKey",
        "credentials",
        "authorization",
        "APIKey",
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["genome", "protocol", "max_tokens", "tokenizer", "key", "keyword", "monkey", "author", "passage", "outdir"]
)
def test_names_of_other_things_are_not_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize("secret", SHAPES)
@pytest.mark.parametrize("around", ["{}", "x = '{}'", "before {} after", "a\n{}\nb", '{{"a": "{}"}}', "--opt {}"])
def test_a_secret_is_known_by_its_shape(secret: str, around: str) -> None:
    shown = hide_in_text(around.format(secret))
    assert HIDDEN in shown
    assert not any(part in shown for part in SHAPES[secret])


@pytest.mark.parametrize(
    "around",
    [
        "password = '{}'",
        "api_key={}",
        '{{"secret": "{}"}}',
        "--token {}",
        "--token={}",
        'secret "{}"',
        "pwd: {}",
        "env.DB_PASSWORD = '''{}'''",
        "token => {}",
        r"{{\"token\": \"{}\"}}",
        "password = '{}",
        "x?api_key={}&b=1",
        "Authorization: Bearer {}",
        "postgresql://ana:{}@db/x",
        "params.clientSecret=\t{}",
    ],
)
@given(secret=WORDS)
def test_a_secret_is_known_by_its_name(around: str, secret: str) -> None:
    shown = hide_in_text(around.format(secret))
    assert secret not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "text",
    [
        "the token of the run",
        "gs://lab/a_1.fastq.gz",
        "key is here",
        "[ab/cdef01] Submitted process > ALIGN (a)",
        "https://github.com/nf-core/scrnaseq",
        "2b1a2f0e5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f",
        "ana@lab.example",
        "sk-1",
        "password",
        "password=''",
        "secret:",
        "10:20:30 -> tokens: 5",
    ],
)
def test_other_texts_are_shown_as_they_are(text: str) -> None:
    assert hide_in_text(text) == text


@given(st.text())
def test_hiding_twice_changes_nothing_more_and_any_text_can_be_read(text: str) -> None:
    once = hide_in_text(text)
    assert hide_in_text(once) == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.just("SEED-" + "x" * 20),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["password", "apiKey", "my_token"]), inner),
    )
)
def test_nothing_below_a_secret_name_is_shown(value: Any) -> None:  # noqa: ANN401 any JSON value
    assert "SEED-" not in json.dumps(hide_in({"token": value}))


def test_values_keep_their_form() -> None:
    assert hide_in({"a": [1, "b", {"c": None}], "password": 5, "token": None, "secret": ""}) == {
        "a": [1, "b", {"c": None}],
        "password": HIDDEN,
        "token": None,
        "secret": "",
    }


def test_a_fault_about_a_secret_does_not_quote_it() -> None:
    quoting = Fault(field="params.api_key", message="must be a number, not 'hunter2'")
    assert "hunter2" not in shown_fault(quoting).message
    assert "hunter2" not in shown_fault(Fault(field="samplesheet_csv", column="token", message="not 'hunter2'")).message
    assert shown_fault(Fault(field="params.genome", message="not 'x'")).message == "not 'x'"


def test_a_hidden_value_that_comes_back_unchanged_is_kept_and_never_stored() -> None:
    before = {"api_key": "hunter2", "genome": "GRCh38", "url": "https://u:pw@example.org/x"}
    shown = hide_in(before)
    assert keep_hidden(shown, before) == {"genome": "GRCh38"}
    changed = keep_hidden({**shown, "url": f"https://u:{HIDDEN}@other/x", "api_key": None}, before)
    assert changed == {"api_key": None, "genome": "GRCh38", "url": f"https://u:{HIDDEN}@other/x"}
    assert [fault.field for fault in faults_in_hidden_params(changed, field="override_params")] == [
        "override_params.url"
    ]


PARTS = ["a", "=", " ", "'", '"', "\\", "token", "token=", "password ", "://", "://a:", "@", "eyJ", "eyJaaaaaaaa."]
PARTS += ["-----BEGIN " + "PRIVATE KEY-----"]
PARTS += ["-----BEGIN ", "&key=", "bearer ", "x.", "--", ":", "'''", '"""', "sk-", "\t"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("before", ["key ", "token='", ""])
def test_twice_the_text_takes_about_twice_the_time(part: str, before: str) -> None:
    assert_linear(hide_in_text, part, before)


@given(st.lists(st.integers(1, 40), max_size=30))
def test_a_file_in_pieces_has_no_secrets_wherever_it_is_cut(cuts: list[int]) -> None:
    text = b"".join(f"line\n{secret}\npassword = 'hunter2hunter2'\n".encode() for secret in SHAPES)
    pieces: list[bytes] = []
    rest = text
    for cut in cuts:
        pieces, rest = [*pieces, rest[:cut]], rest[cut:]
    shown = b"".join(hide_in_pieces([*pieces, rest])).decode()
    assert "hunter2" not in shown
    assert not any(part in shown for parts in SHAPES.values() for part in parts)
    assert shown.count("line\n") == len(SHAPES)


@given(st.lists(st.binary(max_size=30)))
def test_a_file_without_secrets_is_sent_as_it_is(pieces: list[bytes]) -> None:
    plain = [piece.replace(b"=", b" ").replace(b":", b" ").replace(b"-", b" ") for piece in pieces]
    assert b"".join(hide_in_pieces(plain)) == b"".join(plain)


def test_hide_value_knows_the_name_of_a_single_value() -> None:
    assert hide_value("api_key", "x") == HIDDEN
    assert hide_value("genome", "x") == "x"


@pytest.mark.parametrize(
    "before",
    ["clone and ", "url: ", "x=", "x = ", "--x ", 'say "', "token ", "a => ", "params.x: a=b=c=", "'a' "],
)
def test_a_secret_behind_another_name_is_hidden(before: str) -> None:
    assert hide_in_text(f"{before}password=hunter2 now") == f"{before}password={HIDDEN} now"


@pytest.mark.parametrize("secret", [next(iter(SHAPES)), "ghp_" + "Secret0Secret1Secret2Secret3"])
def test_a_secret_in_the_name_of_a_field_is_hidden(secret: str) -> None:
    shown = shown_fault(Fault(field=f"params.{secret}", message="x", column=secret))
    assert (shown.field, shown.column) == (f"params.{HIDDEN}", HIDDEN)


@pytest.mark.parametrize("unit", ["a=", "password=", "--a ", "a 'b ", "token 'a", 'a="b c=', "key: {", "a b "])
def test_the_time_of_hiding_grows_with_the_length(unit: str) -> None:
    assert_linear(hide_in_text, unit, "key ")


_PARTS = [
    *SHAPES,
    "password",
    "api_key",
    "sshKeys",
    "pwd",
    "Bearer ",
    "basic ",
    "?sig=",
    ";code=",
    "&Signature=",
    "://",
]
_PARTS += ["a:b@", " = ", ": ", "'", '"', "\n", "=", "=>", "abcdefghijkl", "//host/x", "--", "tokens", "KEY", "s3"]


@given(st.lists(st.sampled_from(_PARTS), max_size=8).map("".join) | st.text(max_size=40))
def test_a_text_without_a_sign_of_a_secret_has_nothing_to_hide(text: str) -> None:
    assert hide_in_text(text) == _without_secrets(text)


@given(st.lists(st.sampled_from(_PARTS), max_size=8).map("".join))
def test_a_secret_has_a_sign_in_json_too(text: str) -> None:
    if _without_secrets(text) != text:
        assert re.search(SIGNS_PATTERN, json.dumps(text, ensure_ascii=False))
