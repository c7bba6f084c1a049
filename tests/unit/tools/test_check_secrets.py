from pathlib import Path

import pytest

from tools.check_secrets import faults_in, main, tracked_files

ROOT = Path(__file__).parents[3]
SECRETS = {  # in pieces, or this file would be told of itself
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "the key of a service account": '"private_' + f'key_id": "{"0a" * 20}"',
    "a key of a Google API": "AIza" + "b" * 35,
    "an access token of Google": "ya29" + "." + "c" * 30,
    "a client secret of Google": "GOCSPX" + "-" + "d" * 24,
    "an access key of Amazon": "AKIA" + "E" * 16,
    "a token of GitHub": "ghp" + "_" + "f" * 36,
    "a token of Slack": "xoxb" + "-" + "1" * 12,
    "a signed token": ".".join(["eyJ" + "g" * 12, "eyJ" + "h" * 12, "i" * 30]),
    "a password in an address": "postgresql://sluice:hunter2" + "@10.0.0.3/sluice",
}


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_told_by_its_line_and_not_repeated(what: str) -> None:
    (fault,) = faults_in(Path("common/x.py"), f"first = 1\nsecond = '{SECRETS[what]}'\n")
    assert fault == f"common/x.py:2: {what}"


@pytest.mark.parametrize(
    "line",
    [
        "postgresql+pg8000://u:p@127.0.0.1:5432/d",
        "postgresql://user:password@host/d",
        "postgresql://user:secret@db.lab.example/d",
        'f"postgresql://{user}:{password}@{host}/d"',
        "https://github.com/nf-core/scrnaseq@2.7.1",
        "gs://bucket/runs/run-1:2/a@b",
        "-----BEGIN PUBLIC KEY-----",
        "see ghp_ and AKIA",
    ],
)
def test_what_only_resembles_one_is_left_alone(line: str) -> None:
    assert list(faults_in(Path("docs/x.md"), line)) == []


@pytest.mark.parametrize("name", [".env", "keys/signer.pem", "id_ed25519", "terraform/terraform.tfstate"])
def test_files_that_hold_secrets_are_told_by_their_names(name: str) -> None:
    assert list(faults_in(Path(name), "")) == [f"{name}: files of this name hold secrets"]


def test_this_project_holds_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert main() == 0
    assert capsys.readouterr().out == f"{len(tracked_files(ROOT))} files, 0 that may hold a secret\n"
