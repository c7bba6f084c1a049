"""A notification as a message of a Slack channel."""

import json

from common.domain.notifications.notification import Notification
from common.domain.notifications.wording import facts, headline, link_words


def slack_message(notification: Notification) -> bytes:
    """The body that an incoming webhook of Slack takes."""
    lines = [f"*{_escaped(headline(notification))}*"]
    lines += [f"{label}: {_escaped(value)}" for label, value in facts(notification)]
    lines.append(f"<{_escaped(notification.url)}|{link_words(notification)}>")
    return json.dumps({"text": "\n".join(lines), "unfurl_links": False}).encode()


def _escaped(text: str) -> str:
    """`text` in which Slack finds no links, and none of the commands that call everybody, such as `<!channel>`."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
