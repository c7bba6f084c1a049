from pathlib import Path

import pytest

from tools.check_secrets import faults_in, main, tracked_files

ROOT = Path(__file__).parents[3]
SECRETS = {  # in pieces, so that this file passes the check itself
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "the key of a service account": '"private_' + f'key_id": "{"0a" * 20}"',
    "a Google API key": "AIza" + "b" * 35,
    "a Google access token": "ya29" + "." + "c" * 30,
    "a Google client secret": "GOCSPX" + "-" + "d" * 24,
    "an AWS access key": "AKIA" + "E" * 16,
    "a GitHub token": "ghp" + "_" + "f" * 36,
    "a Slack token": "xoxb" + "-" + "1" * 12,
    "a signed token (JWT)": ".".join(["eyJ" + "g" * 12, "eyJ" + "h" * 12, "i" * 30]),
    "a password in a URL": "postgresql://sluice:hunter2" + "@10.0.0.3/sluice",
}


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_reported_by_its_line_and_not_repeated(what: str) -> None:
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
def test_text_that_only_resembles_a_secret_passes(line: str) -> None:
    assert list(faults_in(Path("docs/x.md"), line)) == []


@pytest.mark.parametrize("name", [".env", "keys/signer.pem", "id_ed25519", "terraform/terraform.tfstate"])
def test_files_that_hold_secrets_are_recognized_by_their_names(name: str) -> None:
    assert list(faults_in(Path(name), "")) == [
        f"{name}: files with this name hold secrets; remove it and add it to .gitignore"
    ]


def test_this_project_has_no_secrets(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert main() == 0
    assert capsys.readouterr().out == f"{len(tracked_files(ROOT))} files, 0 possible secrets\n"
