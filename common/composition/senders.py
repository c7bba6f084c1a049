"""How notifications leave: the operator's mail server, if there is one, and where webhooks may lead."""

from email.utils import parseaddr
from pathlib import Path

from common.composition.receivers import read_exempt_receivers
from common.services.notifications.settings import MailSettings, SenderSettings
from common.settings import Environment

SUBMISSION_PORT = 587


def read_senders(env: Environment) -> SenderSettings:
    certificates = env.override("TRUSTED_CERTIFICATES")
    return SenderSettings(
        site=env.required("SITE_URL").rstrip("/"),
        mail=_read_mail(env),
        exempt=read_exempt_receivers(env),
        certificates=Path(certificates) if certificates else None,
    )


def _read_mail(env: Environment) -> MailSettings | None:
    mail = MailSettings(
        host=env.optional("SMTP_HOST"),
        port=env.count("SMTP_PORT", SUBMISSION_PORT),
        user=env.optional("SMTP_USER"),
        password=env.optional("SMTP_PASSWORD"),
        sender=env.optional("SMTP_FROM"),
    )
    if not mail.host:
        return None
    if "@" not in parseaddr(mail.sender)[1]:
        env.refuse("SMTP_FROM", f"must be an address such as sluice@lab.example, not {mail.sender!r}")
    if bool(mail.user) != bool(mail.password):
        env.refuse("SMTP_PASSWORD", "and SMTP_USER belong together: set both or none")
    return mail
