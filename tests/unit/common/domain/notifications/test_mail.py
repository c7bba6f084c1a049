from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.notifications.mail import mail
from common.domain.notifications.wording import one_line
from tests.support.notifications.notifications import HOSTILE, notification
from tests.support.rows import each_row

SENDER = "Sluice <sluice@lab.example>"


def arrived(message: EmailMessage) -> EmailMessage:
    """The mail as its reader gets it: written to bytes and read again."""
    return message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


class Tags(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_mail_says_what_happened_as_plain_text_and_as_html() -> None:
    message = arrived(mail(notification(), to="ana@lab.example", sender=SENDER))

    assert message["Subject"] == "Sluice: Donor 1 failed"
    assert (message["From"], message["To"]) == (SENDER, "ana@lab.example")
    for text in (part(message, "plain"), Tags(part(message, "html")).text):
        assert "Donor 1 failed" in text
        assert "out of memory" in text
    assert "https://sluice.example.org/runs/run-0000000a" in part(message, "plain")
    assert 'href="https://sluice.example.org/runs/run-0000000a"' in part(message, "html")


def test_a_mail_says_how_to_get_no_more_of_them() -> None:
    message = arrived(mail(notification(), to="ana@lab.example", sender=SENDER))

    assert message["List-Unsubscribe"] == "<https://sluice.example.org/preferences>"
    assert "https://sluice.example.org/preferences" in part(message, "plain")
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_repeated_mail_is_the_same_to_the_last_byte() -> None:
    first, again = (mail(notification(), to="ana@lab.example", sender=SENDER) for _ in range(2))

    assert first["Message-ID"] == "<run-0000000a-run-failed@sluice.example.org>"
    assert first.as_bytes() == again.as_bytes()


def test_hostile_texts_add_neither_headers_nor_elements() -> None:
    usual = arrived(mail(notification(), to="ana@lab.example", sender=SENDER))
    hostile = notification(run_name=HOSTILE, cause=HOSTILE, evidence=HOSTILE)

    message = arrived(mail(hostile, to="ana@lab.example", sender=SENDER))

    assert message.keys() == usual.keys()
    assert message.defects == []
    assert Tags(part(message, "html")).names == Tags(part(usual, "html")).names
    assert "<b>x</b> & <!channel>" in Tags(part(message, "html")).text
    assert len(message.as_bytes()) < 10_000


@given(st.text(max_size=300), st.text(max_size=2_000))
@settings(max_examples=50)
def test_any_texts_make_a_mail_that_can_be_read(name: str, evidence: str) -> None:
    sent = mail(notification(run_name=name, evidence=evidence), to="ana@lab.example", sender=SENDER)

    message = arrived(sent)

    assert message.keys() == sent.keys()
    assert message.defects == []
    assert message["Subject"] == f"Sluice: {one_line(name, 120) or 'run-0000000a'} failed"
    assert one_line(evidence) in part(message, "plain")


def test_letters_of_every_script_arrive() -> None:
    message = arrived(mail(notification(run_name="Größe 試料"), to="ana@lab.example", sender=SENDER))

    assert message["Subject"] == "Sluice: Größe 試料 failed"
    assert "Größe 試料" in part(message, "plain")


@each_row(
    "address",
    of=[
        *("", "ana", "a@b,c@d", "a@b\r\nBcc: c@d", "Ana <a@b>", "änä@lab.example", "a" * 65 + "@b"),
        "robot@lab.iam.gserviceaccount.com",
    ],
)
def test_other_texts_are_no_mail_addresses(address: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        mail(notification(), to=address, sender=SENDER)
