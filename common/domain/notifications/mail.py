"""A notification as a mail: plain text and HTML."""

import re
from email.message import EmailMessage
from html import escape
from typing import Final
from urllib.parse import urlsplit

from common.domain.notifications.notification import Notification
from common.domain.notifications.wording import facts, headline, link_words, preferences_url
from common.domain.users.user import SERVICE_ACCOUNT_ENDING

_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-zA-Z0-9.-]{1,190}", re.ASCII)  # one, without a name
_TEXT: Final = """{headline}.

{facts}

{url}

You get this mail because your Sluice preferences ask for it. Change them at
{preferences}
"""
_HTML: Final = """<!doctype html>
<html lang="en"><body style="font:16px/1.5 sans-serif">
<h1 style="font-size:20px">{headline}</h1>
<table>{facts}</table>
<p><a href="{url}">{link}</a></p>
<p style="color:#555;font-size:14px">You get this mail because your <a href="{preferences}">Sluice preferences</a> ask
for it.</p>
</body></html>
"""
_ROW: Final = '<tr><td style="padding-right:16px;vertical-align:top">{label}<td>{value}'


def mail(notification: Notification, *, to: str, sender: str) -> EmailMessage:
    """The mail; it is the same to the last byte each time that it is written.

    Raises ValueError if `to` is no mail address, or that of a service account, which has no mailbox.
    """
    if not _ADDRESS.fullmatch(to) or to.endswith(SERVICE_ACCOUNT_ENDING):
        raise ValueError("not a mail address")
    message, preferences = EmailMessage(), preferences_url(notification)
    message["Subject"] = f"Sluice: {headline(notification)}"
    message["From"] = sender
    message["To"] = to
    message["Date"] = notification.at
    message["Message-ID"] = f"<{notification.id}@{urlsplit(notification.url).hostname}>"
    message["List-Unsubscribe"] = f"<{preferences}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer such as "I am on holiday" is wanted
    known = list(facts(notification))
    message.set_content(
        _TEXT.format(
            headline=headline(notification),
            facts="\n".join(f"{label}: {value}" for label, value in known),
            url=notification.url,
            preferences=preferences,
        )
    )
    rows = (_ROW.format(label=label, value=escape(value)) for label, value in known)
    message.add_alternative(
        _HTML.format(
            headline=escape(headline(notification)),
            facts="".join(rows),
            url=escape(notification.url),
            link=link_words(notification),
            preferences=escape(preferences),
        ),
        subtype="html",
    )
    message.set_boundary(f"=_{notification.id}")  # no encoding of a part can contain `=_`
    return message
