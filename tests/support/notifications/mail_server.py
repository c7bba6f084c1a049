"""A mail server that answers as a test tells it to."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from common.services.notifications.mail_server import MailServer
from common.services.notifications.settings import MailSettings
from localdev.stack.ports import free_port
from localdev.stand_ins.certificate import make_certificate

USER, PASSWORD = "sluice", "correct horse"


class Answers:
    """What the server answers to each command, and the mails that it took."""

    def __init__(self, **answers: str) -> None:
        self._answers = answers
        self.taken: list[bytes] = []
        self.senders: list[str] = []
        self.pause_s = 0.0  # before each answer about a sender or a recipient
        self.hung_up = 0  # how often the connection breaks when a mail was taken

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        await asyncio.sleep(self.pause_s)
        self.senders.append(address)
        envelope.mail_from = address
        return self._answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        await asyncio.sleep(self.pause_s)
        envelope.rcpt_tos.append(address)
        return self._answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if answer := self._answers.get("DATA"):
            return answer
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        if self.hung_up:
            self.hung_up -= 1
            assert server.transport is not None
            server.transport.close()
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return self._answers.get("QUIT", "221 Bye")


@contextmanager
def serving(
    answers: Answers,
    keys: Path,
    *,
    offers_tls: bool = True,
    password: str = PASSWORD,
    is_trusted: bool = True,
    limit_s: float = 10,
) -> Iterator[MailServer]:
    """A client of a mail server that gives `answers`; the client sends `password`."""
    certificate = keys / "certificate.pem"
    if not certificate.exists():
        make_certificate(keys, "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    def check(_server: object, _session: object, _envelope: object, _mechanism: str, sent: object) -> AuthResult:
        known = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=sent == known, handled=False)

    port = free_port()
    controller = Controller(
        answers, hostname="127.0.0.1", port=port, server_hostname="test", authenticator=check,
        auth_required=offers_tls, require_starttls=offers_tls, tls_context=tls if offers_tls else None,
    )  # fmt: skip
    settings = MailSettings(
        host="127.0.0.1", port=port, user=USER, password=password, sender="Sluice <sluice@lab.example>"
    )
    controller.start()
    try:
        trusted = certificate if is_trusted else None
        yield MailServer(settings, limit_s=limit_s, make_tls=lambda: ssl.create_default_context(cafile=trusted))
    finally:
        controller.stop()
