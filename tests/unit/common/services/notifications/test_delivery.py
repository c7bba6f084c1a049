import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from common.domain.notifications.notification import Delivered, Outcome, Refused, TryAgain
from common.domain.notifications.targets import MailTarget, SlackTarget, Target, WebhookTarget
from common.services.notifications.delivery import Delivery, make_delivery
from common.services.notifications.mail_server import MailServer
from common.services.notifications.outside import Outside
from common.services.notifications.settings import SenderSettings
from localdev.stand_ins.certificate import make_certificate
from tests.support.notifications.mail_server import Answers, serving
from tests.support.notifications.notifications import notification
from tests.support.notifications.receiver import Receiver, status
from tests.support.rows import each_row

SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


def deliver(target: Target, *, exempt: str | None = None, mail_server: MailServer | None = None) -> Outcome:
    delivery = Delivery(outside=Outside(exempt=exempt), mail_server=mail_server)
    return delivery.deliver(target, notification(), datetime.now(UTC))


def test_a_webhook_gets_an_event_that_its_receiver_verifies() -> None:
    with Receiver() as receiver:
        outcome = deliver(WebhookTarget(f"{receiver.origin}/hook", SECRET), exempt=receiver.origin)

    assert outcome == Delivered()
    (received,) = receiver.received
    event = Webhook(SECRET).verify(received.body, dict(received.headers))
    assert (received.path, event["type"]) == ("/hook", "run.failed")
    assert received.headers["webhook-id"] == notification().id
    assert received.headers["Content-Type"] == "application/json"


def test_slack_gets_one_message() -> None:
    with Receiver(status("200 OK")) as receiver:
        outcome = deliver(SlackTarget(f"{receiver.origin}/services/T0"), exempt=receiver.origin)

    assert outcome == Delivered()
    (received,) = receiver.received
    assert json.loads(received.body)["text"].startswith("*Donor 1 failed*")


def test_a_mail_goes_to_its_address(tmp_path: Path) -> None:
    answers = Answers()
    with serving(answers, tmp_path) as server:
        assert deliver(MailTarget("ana@lab.example"), mail_server=server) == Delivered()

    assert b"To: ana@lab.example" in answers.taken[0]


@each_row(
    "line",
    "header",
    "expected",
    of=[
        ("410 Gone", "X: y", Refused("the receiver answered 410 Gone: it wants no more notifications")),
        ("404 Not Found", "X: y", TryAgain("the receiver answered 404")),
        ("503 Service Unavailable", "Retry-After: 60", TryAgain("the receiver answered 503", timedelta(seconds=60))),
    ],
)
def test_the_answer_of_a_receiver_decides(line: str, header: str, expected: Outcome) -> None:
    with Receiver(status(line, header)) as receiver:
        outcome = deliver(WebhookTarget(receiver.origin, SECRET), exempt=receiver.origin)

    assert outcome == expected


@pytest.mark.parametrize(
    "target", [SlackTarget("https://169.254.169.254/"), WebhookTarget("https://10.0.0.1/", SECRET)]
)
def test_an_address_that_is_not_public_is_refused(target: Target) -> None:
    assert deliver(target) == Refused("the address leads to an address that is not public")


def test_a_receiver_that_is_away_is_tried_again() -> None:
    with Receiver() as receiver:
        gone = receiver.origin

    assert isinstance(deliver(WebhookTarget(gone, SECRET), exempt=gone), TryAgain)


def test_a_mail_is_refused_without_a_mail_server() -> None:
    outcome = deliver(MailTarget("ana@lab.example"))

    assert outcome == Refused("this Sluice has no mail server, so it sends no mail", blames_target=False)


def test_a_text_that_is_no_address_is_refused(tmp_path: Path) -> None:
    answers = Answers()
    with serving(answers, tmp_path) as server:
        outcome = deliver(MailTarget("ana@lab.example\r\nBcc: eve@lab.example"), mail_server=server)

    assert outcome == Refused("the address cannot receive mail")
    assert answers.taken == []


def test_settings_decide_who_is_exempt_and_which_certificates_are_trusted(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with Receiver(certificate=certificate) as receiver:
        settings = SenderSettings(
            site="https://sluice.example.org", mail=None, exempt=receiver.origin, certificates=certificate
        )
        delivery = make_delivery(settings)
        outcomes = [
            delivery.deliver(target, notification(), datetime.now(UTC))
            for target in (SlackTarget(receiver.origin), MailTarget("ana@lab.example"))
        ]

    assert outcomes[0] == Delivered()
    assert isinstance(outcomes[1], Refused)
