"""Hides secrets in what is shown, logged or exported: a value that looks like one, by its name or its shape, is `•••`.

What a run was given is stored as it is; every way out of Sluice passes through here. All patterns take time in
proportion to the text: each repetition is possessive or ends at a character that it cannot contain.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, cast

from common.errors import Fault

HIDDEN: Final = "•••"

_SECRET_WORDS: Final = frozenset(
    {"password", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "token", "credential", "credentials"}
    | {"apikey", "privatekey", "accesskey", "secretkey", "authorization"}
)
_KINDS_OF_KEY: Final = frozenset(
    {"api", "access", "private", "secret", "ssh", "account", "encryption", "signing", "auth", "client"}
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# Names that contain one of these may be secret; a text without any of them is not searched for names.
_HINT = re.compile(r"pass|pwd|secret|token|credential|key|auth", re.IGNORECASE)
# A name and what separates it from its value: `token: x`, `token = x`, `--token x`, `token 'x'`; other words that
# follow each other are a sentence.
_NAME = re.compile(
    r"""(?<![\w.-])(?P<name>(?P<option>-)?[\w.-]{1,199}+)(?![\w.-])
        (?:\\?["']?[ \t]{0,8}+(?:=>|[=:])[ \t]{0,8}+|(?(option)[ \t]{1,8}+|[ \t]{1,8}+(?=["'])))""",
    re.VERBOSE,
)
_VALUE = re.compile(
    r"""
    "{3}[^"]*+"{0,3}|'{3}[^']*+'{0,3}           # Groovy's quotes, and those that are never closed
    |"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|\\"[^"\n]*+"?
    |(?:Bearer|Basic)[ ]{1,4}+[^\s"',;]++|[^\s"',;(){}\[\]]++
    """,
    re.VERBOSE,
)
_SHAPES: Final = (
    # private keys; one whose end is missing is hidden up to the end of the text
    re.compile(
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
        re.DOTALL,
    ),
    re.compile(r"(?<![\w-])eyJ[\w-]{8,}+(?:\.[\w-]{6,}+){1,2}"),  # JSON Web Tokens, and tokens of Seqera Platform
    re.compile(r"(?<![\w-])AIza[\w-]{30,}+"),  # API keys of Google
    re.compile(r"(?<![\w.-])ya29\.[\w.-]{10,}+"),  # access tokens of Google
    re.compile(r"(?<![\w-])GOCSPX-[\w-]{10,}+"),  # OAuth client secrets of Google
    re.compile(r"(?<!\w)(?:AKIA|ASIA)[0-9A-Z]{16}(?!\w)"),  # AWS
    re.compile(r"(?<!\w)(?:gh[pousr]_|github_pat_|glpat-|hf_|npm_|pypi-|dckr_pat_)[\w-]{16,}+"),
    re.compile(r"(?<!\w)xox[abeoprs]-[\w-]{10,}+"),  # Slack
    re.compile(r"(?<!\w)(?:sk|rk|pk)[-_](?:live|test|proj|ant)[-_][\w-]{10,}+|(?<!\w)sk-[A-Za-z0-9]{20,}+"),
)
_KEPT_BEFORE: Final = (
    re.compile(r"(://[^\s/:@'\"]{0,300}+:)[^\s/@'\"]{1,2000}+(?=@)"),  # the password in an address
    re.compile(r"(?i)((?<!\w)(?:bearer|basic)[ \t]{1,8}+)(?=[^\s\"',;]{8})[\w.~+/=-]++"),
    re.compile(  # what signs an address, or opens it
        r"(?i)([?&;](?:x-goog-signature|x-amz-signature|x-amz-security-token|signature|sig|access_token|id_token|"
        r"refresh_token|token|key|api_?key|password|secret|client_secret|code)=)[^&\s'\"<>#]++"
    ),
)

# A text without any of these signs has nothing to hide. Most texts have none, and plain words are found quickly.
_SIGNS: Final = (
    *("-----BEGIN", "eyJ", "AIza", "ya29.", "GOCSPX-", "AKIA", "ASIA", "xox"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat_", "glpat-", "hf_", "npm_", "pypi-"),
    *("k_live", "k-live", "k_test", "k-test", "k_proj", "k-proj", "k_ant", "k-ant", "sk-"),
)
_SIGNS_IN_ANY_CASE: Final = (
    *("password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "credential", "key", "authorization"),
    *("bearer", "basic", "signature=", "sig=", "code="),
)
_SIGN_OF_ADDRESS: Final = r"://[^\s/:@'\"]*:"
_ADDRESS = re.compile(_SIGN_OF_ADDRESS)
# All of them as a regular expression for any engine; it also fits a text that JSON has escaped.
SIGNS_PATTERN: Final = f"(?i:{'|'.join(_SIGNS_IN_ANY_CASE)})|{'|'.join(map(re.escape, _SIGNS))}|{_SIGN_OF_ADDRESS}"


@lru_cache(1_000)
def is_secret_name(name: str) -> bool:
    """Whether what has this name is probably secret: `api_key`, `towerAccessToken`, `params.db.password`."""
    words = [word.lower() for word in _WORD.findall(name[:1_000])]
    return not _SECRET_WORDS.isdisjoint(words) or any(
        first in _KINDS_OF_KEY and second in {"key", "keys"} for first, second in pairwise(words)
    )


def hide_in_text(text: str) -> str:
    """`text` with `•••` in place of each secret that its name or its shape gives away."""
    return _without_secrets(text) if _may_hide(text) else text


def _may_hide(text: str) -> bool:
    for sign in _SIGNS:
        if sign in text:
            return True
    folded = text.casefold()
    for sign in _SIGNS_IN_ANY_CASE:
        if sign in folded:
            return True
    return _ADDRESS.search(text) is not None


def _without_secrets(text: str) -> str:
    for shape in _SHAPES:
        text = shape.sub(HIDDEN, text)
    for pattern in _KEPT_BEFORE:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return _without_named(text) if _HINT.search(text) else text


def hide_value(name: str, value: Any) -> Any:  # noqa: ANN401 any JSON value
    """`value`, any JSON value with this name, as it may be shown."""
    match value:
        case Mapping():
            return {key: hide_value(str(key), inner) for key, inner in value.items()}
        case list() | tuple():
            return [hide_value(name, inner) for inner in value]
        case None | bool() | "":
            return value
        case _ if is_secret_name(name):
            return HIDDEN
        case str():
            return hide_in_text(value)
    return value


def hide_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object as it may be shown."""
    return cast(dict[str, Any], hide_value("", values))


def shown_fault(fault: Fault) -> Fault:
    """The fault without the secret that its message may quote."""
    message = hide_in_text(fault.message)
    if is_secret_name(fault.field.rpartition(".")[2]) or is_secret_name(fault.column or ""):
        message = "is not valid; its value is hidden, because its name says that it is secret"
    column = None if fault.column is None else hide_in_text(fault.column)
    return replace(fault, field=hide_in_text(fault.field), column=column, message=message)


def faults_of_hidden(name: str, text: object) -> list[Fault]:
    """A fault if the value of field `name` contains what is shown in place of a secret, which was copied from there."""
    if not isinstance(text, str) or HIDDEN not in text:
        return []
    return [Fault(field=name, message=f"contains {HIDDEN}, which stands for a hidden value; send the value itself")]


def faults_in_hidden_params(params: Mapping[str, Any], *, field: str) -> list[Fault]:
    """A fault for each parameter whose value was copied from where it is hidden."""
    return [fault for name, value in params.items() for fault in faults_of_hidden(f"{field}.{name}", value)]


def keep_hidden(params: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """`params` without those that are just what is shown of their values `before`: a form sends them back unchanged."""
    return {
        name: value
        for name, value in params.items()
        if name not in before or value == before[name] or value != hide_value(name, before[name])
    }


def _without_named(text: str) -> str:
    """`text` without the values of secret names. Only a hidden value is skipped: others may hold such names."""
    shown, at, search_from = list[str](), 0, 0
    while head := _NAME.search(text, search_from):
        search_from = head.end()
        value = _VALUE.match(text, head.end()) if is_secret_name(head["name"]) else None
        if value and value[0].strip("\\\"'"):
            shown += [text[at : value.start()], _hidden(value[0])]
            at = search_from = value.end()
    return "".join([*shown, text[at:]])


def _hidden(value: str) -> str:
    """What is shown of a value, with its quotes."""
    quote = value[: len(value) - len(value.lstrip("\\\"'"))][:3]
    return f"{quote}{HIDDEN}{quote if len(value) > len(quote) and value.endswith(quote) else ''}"
