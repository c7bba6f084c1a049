from common.composition.senders import read_senders
from common.services.notifications.settings import MailSettings
from common.settings import Environment
from tests.support.rows import each_row
from tests.unit.common.environment import faults_of

SITE = {"SITE_URL": "https://sluice.lab.example/"}
MAIL = SITE | {"SMTP_HOST": "smtp.lab.example", "SMTP_FROM": "Sluice <sluice@lab.example>"}


def test_without_a_mail_server_there_is_no_mail() -> None:
    settings = read_senders(Environment(SITE))

    assert (settings.mail, settings.exempt, settings.certificates) == (None, None, None)
    assert settings.site == "https://sluice.lab.example"


def test_a_mail_server_takes_mails_at_the_port_of_submission() -> None:
    settings = read_senders(Environment(MAIL | {"SMTP_USER": "sluice", "SMTP_PASSWORD": "pw"}))

    assert settings.mail == MailSettings(
        host="smtp.lab.example", port=587, user="sluice", password="pw", sender="Sluice <sluice@lab.example>"
    )


@each_row(
    "changes",
    "fault",
    of=[
        ({"SMTP_FROM": ""}, "SMTP_FROM must be an address such as sluice@lab.example, not ''"),
        ({"SMTP_FROM": "Sluice"}, "SMTP_FROM must be an address such as sluice@lab.example, not 'Sluice'"),
        ({"SMTP_USER": "sluice"}, "SMTP_PASSWORD and SMTP_USER belong together: set both or none"),
        ({"SMTP_PASSWORD": "pw"}, "SMTP_PASSWORD and SMTP_USER belong together: set both or none"),
        ({"SMTP_PORT": "mail"}, "SMTP_PORT must be a number, not 'mail'"),
    ],
)
def test_faults_of_the_mail_server_are_named(changes: dict[str, str], fault: str) -> None:
    assert faults_of(MAIL | changes, read_senders) == fault
