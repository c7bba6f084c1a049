"""Sends mails through the operator's mail server, on a connection that TLS protects before anything is sent."""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final

from common.domain.notifications.notification import Delivered, Outcome, Refused, TryAgain
from common.domain.notifications.wording import one_line
from common.services.notifications.settings import MailSettings
from common.services.notifications.time_limit import TimeLimit
from common.telemetry import telemetry

LIMIT_S: Final = 60.0  # servers may think for some seconds before they greet, and before they take a mail
CONNECT_S: Final = 10.0  # a server that is there needs less; a worker that waits does no other work
# RFC 3463: 5.1 and 5.2 are about the recipient; others about the server, its limits, or its trust in the sender.
_NOT_THE_RECIPIENT: Final = re.compile(rb"(?<![\d.])5\.[3-7]\.\d{1,3}(?![\d.])")
# Faults of the settings, not of a recipient; all mails wait until an operator has mended them.
_OWN_FAULTS: Final = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPNotSupportedError,  # no STARTTLS, for example
    ssl.SSLCertVerificationError,
)

log = telemetry("notifications")


class MailServer:
    """A server that takes mails for any recipient (RFC 6409), and has to offer STARTTLS."""

    def __init__(
        self,
        settings: MailSettings,
        *,
        limit_s: float = LIMIT_S,
        make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._settings, self._limit_s, self._make_tls = settings, limit_s, make_tls
        self.sender = settings.sender

    def send(self, mail: EmailMessage) -> Outcome:
        """Hand over a mail for one recipient.

        Refused if the server will never take it for this recipient. When the connection breaks after the mail was
        sent, the server may have it already, and it is sent again with the same Message-ID.
        """
        try:
            self._send(mail)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, why),) = error.recipients.values()
            return _outcome(code, why)
        except smtplib.SMTPDataError as error:
            return _outcome(error.smtp_code, error.smtp_error)
        except _OWN_FAULTS:
            log.exception("the mail server refuses Sluice", extra={"action": "mail_refused"})
            reason = "the mail server refuses Sluice; an operator has to look at it"
            return TryAgain(reason, blames_target=False)
        except OSError as error:  # all that smtplib raises is one
            reason = f"the mail server cannot be reached ({type(error).__name__})"
            return TryAgain(reason, blames_target=False)
        return Delivered()

    def _send(self, mail: EmailMessage) -> None:
        settings = self._settings
        domain = parseaddr(settings.sender)[1].rpartition("@")[2]
        connection = _TimedClient(settings.host, settings.port, domain, TimeLimit(self._limit_s))
        with closing(connection) as server:
            server.starttls(context=self._make_tls())
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(mail)
            with suppress(OSError):  # the mail is theirs, whatever they say to a farewell
                server.quit()


class _TimedClient(smtplib.SMTP):
    """A client with one limit for all answers of the server; that of smtplib starts anew with each."""

    def __init__(self, host: str, port: int, own_name: str, limit: TimeLimit) -> None:
        self._limit = limit
        super().__init__(host, port, local_hostname=own_name, timeout=min(CONNECT_S, limit.left_s()))

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(self._limit.left_s())
        return super().getreply()


def _outcome(code: int, why: bytes | str) -> Outcome:
    """What an error about a recipient or a mail means."""
    words = why if isinstance(why, bytes) else why.encode()
    reason = one_line(f"the mail server answered {code} {words.decode(errors='replace')}")
    if _NOT_THE_RECIPIENT.search(words):
        return TryAgain(reason, blames_target=False)
    return Refused(reason) if 500 <= code < 600 else TryAgain(reason)
