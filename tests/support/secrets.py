"""Secrets of every known shape; none of them was ever valid."""

from typing import Final

_HEX, _LETTERS = "0123456789abcdef" * 4, "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
_KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj"
_BEGIN = "-----BEGIN"

# Each secret, and the parts of it that must not be seen.
SHAPES: Final = {
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJlIG9mIGFuYQ": ["hbGciOiJ", "c2lnbmF0"],
    "AIza" + _LETTERS[:35]: [_LETTERS[:35]],
    "ya29." + _LETTERS: [_LETTERS],
    "GOCSPX-" + _LETTERS: [_LETTERS],
    "AKIA" + "ABCDEFGHIJKLMNOP": ["ABCDEFGHIJKLMNOP"],
    "ghp_" + _LETTERS: [_LETTERS],
    "github_pat_" + _LETTERS: [_LETTERS],
    "glpat-" + _LETTERS[:20]: [_LETTERS[:20]],
    "hf_" + _LETTERS: [_LETTERS],
    "xoxb-" + _LETTERS: [_LETTERS],
    "sk_live_" + _LETTERS: [_LETTERS],
    "https://storage.googleapis.com/b/o?X-Goog-Expires=60&X-Goog-Signature=" + _HEX: [_HEX],
    "https://bucket.s3.amazonaws.com/o?X-Amz-Signature=" + _HEX + "&x=1": [_HEX],
    "https://account.blob.core.windows.net/c?sv=2022&sig=" + _HEX: [_HEX],
    "postgresql://ana:" + "hunter2hunter2" + "@10.0.0.1:5432/lab": ["hunter2"],
    "Bearer " + _LETTERS: [_LETTERS],
    f"{_BEGIN} PRIVATE KEY-----\n{_KEY}\n{_KEY}\n-----END PRIVATE KEY-----": [_KEY],
    f"{_BEGIN} OPENSSH PRIVATE KEY-----\n{_KEY}\n-----END OPENSSH PRIVATE KEY-----": [_KEY],
    f"{_BEGIN} RSA PRIVATE KEY-----\\n{_KEY}\\n-----END RSA PRIVATE KEY-----": [_KEY],
}
