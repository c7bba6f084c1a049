import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.domain.notifications.mail import mail
from common.domain.notifications.notification import Delivered, TryAgain
from common.services.notifications.mail_server import MailServer
from common.services.notifications.settings import MailSettings
from localdev.stack.ports import free_port
from localdev.stand_ins.mail.inbox import mails_in, summary
from localdev.stand_ins.mail.server import MailStandIn, certificate_in
from tests.support.notifications.notifications import notification

SENDER = "Sluice <sluice@lab.example>"
LOGIN = ("mail", "correct horse")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a server that keeps its mails in `mail` below the folder of the test."""
    port = free_port()
    service = MailStandIn(port, tmp_path / "mail", certificate_in(tmp_path / "keys"), LOGIN)
    service.start()
    yield port
    service.stop()


def client(port: int, keys: Path, login: tuple[str, str] = LOGIN) -> MailServer:
    settings = MailSettings(host="127.0.0.1", port=port, user=login[0], password=login[1], sender=SENDER)
    return MailServer(settings, make_tls=lambda: ssl.create_default_context(cafile=certificate_in(keys)))


def test_mails_that_were_taken_can_be_read_newest_first(port: int, tmp_path: Path) -> None:
    server = client(port, tmp_path / "keys")
    for name in ("first", "second"):
        sent = mail(notification(run_name=name), to="ana@lab.example", sender=SENDER)
        assert server.send(sent) == Delivered()

    newest, oldest = map(summary, mails_in(tmp_path / "mail"))
    assert (oldest["Subject"], newest["Subject"]) == ("Sluice: first failed", "Sluice: second failed")
    assert (newest["To"], newest["From"]) == ("ana@lab.example", SENDER)
    assert "Cause: out of memory" in newest["Text"]


@pytest.mark.parametrize("login", [("", ""), ("mail", "wrong"), ("root", "correct horse")])
def test_nothing_is_taken_without_the_login(port: int, tmp_path: Path, login: tuple[str, str]) -> None:
    sent = mail(notification(), to="ana@lab.example", sender=SENDER)

    assert isinstance(client(port, tmp_path / "keys", login).send(sent), TryAgain)
    assert mails_in(tmp_path / "mail") == []


def test_a_server_keeps_its_certificate(tmp_path: Path) -> None:
    assert certificate_in(tmp_path).read_bytes() == certificate_in(tmp_path).read_bytes()


def test_a_folder_that_is_not_there_has_no_mails(tmp_path: Path) -> None:
    assert mails_in(tmp_path / "none") == []
