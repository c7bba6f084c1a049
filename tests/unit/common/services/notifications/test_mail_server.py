import logging
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from common.domain.notifications.mail import mail
from common.domain.notifications.notification import Delivered, Refused, TryAgain
from common.services.notifications.mail_server import CONNECT_S, MailServer
from common.services.notifications.settings import MailSettings
from localdev.stack.ports import free_port
from tests.support.notifications.mail_server import Answers, serving
from tests.support.notifications.notifications import notification
from tests.support.rows import each_row


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


def a_mail() -> EmailMessage:
    return mail(notification(run_name="Größe"), to="ana@lab.example", sender="Sluice <sluice@lab.example>")


def nobody(port: int) -> MailServer:
    settings = MailSettings(host="127.0.0.1", port=port, user="", password="", sender="sluice@lab.example")
    return MailServer(settings, limit_s=0.1)


def unreachable(error: str) -> TryAgain:
    return TryAgain(f"the mail server cannot be reached ({error})", blames_target=False)


def test_a_mail_arrives_over_tls_as_it_was_written(keys: Path) -> None:
    answers = Answers()
    with serving(answers, keys) as server:
        assert server.send(a_mail()) == Delivered()

    (taken,) = answers.taken
    assert taken == a_mail().as_bytes(policy=policy.SMTP)
    assert [part.get_content_type() for part in message_from_bytes(taken).walk()][1:] == ["text/plain", "text/html"]
    assert answers.senders == ["sluice@lab.example"]


@each_row(
    "command",
    "answer",
    of=[
        ("RCPT", "550 5.1.1 no such user"),
        ("RCPT", "553 mailbox name not allowed"),
        ("DATA", "552 5.2.3 too long for this mailbox (10.5.7.1)"),
    ],
)
def test_a_recipient_that_is_refused_for_good_is_not_tried_again(command: str, answer: str, keys: Path) -> None:
    with serving(Answers(**{command: answer}), keys) as server:
        assert server.send(a_mail()) == Refused(f"the mail server answered {answer}")


@each_row(
    "command",
    "answer",
    "blames_target",
    of=[
        ("RCPT", "450 4.2.0 greylisted", True),
        ("RCPT", "550 5.7.1 relaying denied", False),
        ("RCPT", "550 5.4.5 daily limit of this sender is used up", False),
        ("DATA", "451 4.3.0 try later", True),
        ("DATA", "554 5.7.1 looks like spam", False),
        ("DATA", "554 5.6.0 not this one", False),
    ],
)
def test_a_mail_that_the_server_does_not_want_now_is_tried_again(
    command: str, answer: str, blames_target: bool, keys: Path
) -> None:
    with serving(Answers(**{command: answer}), keys) as server:
        outcome = server.send(a_mail())

    assert outcome == TryAgain(f"the mail server answered {answer}", blames_target=blames_target)


def test_a_sender_or_password_that_is_refused_refuses_no_recipient(
    keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(Answers(MAIL="550 5.1.0 who are you"), keys) as server:
        sender = server.send(a_mail())
    with serving(Answers(), keys, password="wrong") as server:
        login = server.send(a_mail())

    refused = TryAgain("the mail server refuses Sluice; an operator has to look at it", blames_target=False)
    assert [sender, login] == [refused] * 2
    records = [record for record in caplog.records if record.name == "sluice.notifications"]
    assert [(record.levelno, getattr(record, "action", "")) for record in records] == [
        (logging.ERROR, "mail_refused")
    ] * 2


def test_nothing_is_sent_without_tls(keys: Path) -> None:
    answers = Answers()
    with serving(answers, keys, offers_tls=False) as server:
        assert isinstance(server.send(a_mail()), TryAgain)

    assert answers.senders == []


def test_nothing_is_sent_to_a_server_without_a_valid_certificate(keys: Path) -> None:
    answers = Answers()
    with serving(answers, keys, is_trusted=False) as server:
        assert isinstance(server.send(a_mail()), TryAgain)

    assert answers.senders == []


def test_a_server_that_is_away_is_tried_again() -> None:
    outcome = nobody(free_port()).send(a_mail())

    assert outcome == unreachable("ConnectionRefusedError")


def test_a_server_that_does_not_take_the_connection_is_not_waited_for_as_long_as_for_a_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited = list[float]()

    def connect(_address: object, timeout: float, _source: object) -> socket.socket:
        waited.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    settings = MailSettings(host="mail.example", port=587, user="", password="", sender="sluice@lab.example")

    assert MailServer(settings).send(a_mail()) == unreachable("TimeoutError")
    assert waited == [CONNECT_S]


def test_a_server_that_says_nothing_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = nobody(silent.getsockname()[1]).send(a_mail())

    assert outcome == unreachable("SMTPServerDisconnected")


def test_slow_answers_together_take_no_longer_than_the_limit(keys: Path) -> None:
    answers = Answers()
    answers.pause_s = 0.2
    with serving(answers, keys, limit_s=0.3) as server:
        outcome = server.send(a_mail())

    assert outcome == unreachable("SMTPServerDisconnected")


def test_a_mail_that_was_taken_is_delivered_whatever_the_server_says_then(keys: Path) -> None:
    with serving(Answers(QUIT="451 no"), keys) as server:
        assert server.send(a_mail()) == Delivered()


def test_a_mail_that_may_have_been_taken_is_sent_again_with_the_same_id(keys: Path) -> None:
    answers = Answers()
    answers.hung_up = 1
    with serving(answers, keys) as server:
        outcomes = [server.send(a_mail()), server.send(a_mail())]

    assert outcomes == [unreachable("SMTPServerDisconnected"), Delivered()]
    first, again = answers.taken
    assert first == again  # the Message-ID included


def test_settings_do_not_show_the_password() -> None:
    assert "horse" not in repr(MailSettings(host="h", port=587, user="u", password="horse", sender="s@h"))
