"""What the terminal says after the start, and the developer's page for terminals and for browsers."""

import re
from pathlib import Path

from localdev.stack.ports import Ports
from localdev.stack.welcome import dev_page_html, dev_page_text, things_to_try, welcome_text
from tests.support.client.command_lines import check_command_line


def test_both_pages_show_every_port() -> None:
    ports = Ports(12_340)
    for page in (dev_page_text(ports), dev_page_html(ports)):
        assert {str(port) for port in ports.all().values()} <= set(re.findall(r"\d{5}", page))


def test_both_pages_link_the_api_documentation() -> None:
    for page in (dev_page_text(Ports(8080)), dev_page_html(Ports(8080))):
        assert "/docs" in page
        assert "/openapi.json" in page


def test_both_pages_say_where_mails_and_webhooks_go() -> None:
    for page in (dev_page_text(Ports(8080)), dev_page_html(Ports(8080))):
        assert "/dev/mails" in page
        assert "http://127.0.0.1:8087" in page


def test_the_commands_have_the_options_that_they_name() -> None:
    lines = [command for _, command in things_to_try(Ports(8080)) if command.startswith("sluice ")]
    assert len(lines) > 5
    for line in lines:
        check_command_line(re.sub(r"\$\(.*\)", "run-1a2b3c4d", line))


def test_the_page_for_browsers_is_escaped() -> None:
    assert "sluice() { PYTHONPATH=client .venv/bin/python -m sluice &quot;$@&quot;; }" in dev_page_html(Ports(8080))


def test_the_terminal_says_where_the_page_is_and_where_the_ports_are(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.touch()
    text = welcome_text(Ports(8080), page)
    assert "Open http://127.0.0.1:8080 in a browser." in text
    assert "http://127.0.0.1:8080/dev" in text
    assert "The page has a menu" in text


def test_the_terminal_says_that_there_is_no_page(tmp_path: Path) -> None:
    text = welcome_text(Ports(8080), tmp_path / "index.html")
    assert "without its page: npm could not be reached" in text
    assert "menu" not in text
    assert "http://127.0.0.1:8080/docs" in text
