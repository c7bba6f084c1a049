"""Sends a notification to a target, once, and says what became of it."""

import ssl
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from common.domain.notifications.answers import outcome_of
from common.domain.notifications.mail import mail
from common.domain.notifications.notification import Notification, Outcome, Refused, TryAgain
from common.domain.notifications.slack import slack_message
from common.domain.notifications.targets import MailTarget, SlackTarget, Target, WebhookTarget
from common.domain.notifications.webhook import webhook_body, webhook_headers
from common.errors import UnavailableError
from common.services.notifications.mail_server import MailServer
from common.services.notifications.outside import AddressRefusedError, Outside
from common.services.notifications.settings import SenderSettings

_JSON = {"Content-Type": "application/json", "User-Agent": "Sluice"}


class Delivery:
    """Delivers by mail, to Slack and to webhooks; without a mail server every mail is refused."""

    def __init__(self, *, outside: Outside, mail_server: MailServer | None) -> None:
        self._outside, self._mail_server = outside, mail_server

    def deliver(self, target: Target, notification: Notification, now: datetime) -> Outcome:
        """Try once; whoever tries again after TryAgain sends the same Message-ID or `webhook-id`."""
        try:
            return self._deliver(target, notification, now)
        except AddressRefusedError as error:
            return Refused(error.message)
        except UnavailableError as error:
            return TryAgain(error.message)

    def _deliver(self, target: Target, notification: Notification, now: datetime) -> Outcome:
        match target:
            case MailTarget(address):
                return self._mail(address, notification)
            case SlackTarget(url):
                answer = self._outside.post(url, _JSON, slack_message(notification))
            case WebhookTarget(url, secret):
                body = webhook_body(notification)
                signed = webhook_headers(notification.id, body, secret=secret, at=now)
                answer = self._outside.post(url, _JSON | signed, body)
        return outcome_of(answer.status, answer.retry_after, now=now)

    def _mail(self, address: str, notification: Notification) -> Outcome:
        if self._mail_server is None:
            return Refused("this Sluice has no mail server, so it sends no mail", blames_target=False)
        try:
            written = mail(notification, to=address, sender=self._mail_server.sender)
        except ValueError:
            return Refused("the address cannot receive mail")
        return self._mail_server.send(written)


def make_delivery(settings: SenderSettings) -> Delivery:
    """What delivers with these settings; the file of certificates is read by the first delivery."""
    make_tls = partial(_tls, settings.certificates)
    mail_server = MailServer(settings.mail, make_tls=make_tls) if settings.mail else None
    return Delivery(outside=Outside(exempt=settings.exempt, make_tls=make_tls), mail_server=mail_server)


@cache
def _tls(certificates: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if certificates:
        context.load_verify_locations(certificates)
    return context
