"""What the terminal says after the start, and the developer's page for terminals and for browsers."""

import re
import subprocess
from pathlib import Path

from localdev.stack.ports import Ports
from localdev.stack.welcome import dev_page_html, dev_page_text, things_to_try, welcome_text


def test_both_pages_show_every_port() -> None:
    ports = Ports(12_340)
    for page in (dev_page_text(ports), dev_page_html(ports)):
        assert {str(port) for port in ports.all().values()} <= set(re.findall(r"\d{5}", page))


def test_both_pages_link_the_api_documentation() -> None:
    for page in (dev_page_text(Ports(8080)), dev_page_html(Ports(8080))):
        assert "/docs" in page
        assert "/openapi.json" in page


def test_a_shell_uses_the_id_of_the_new_run_in_the_commands_that_follow() -> None:
    curl = """curl() { echo "$@" >&2; echo '{"run_id":"run-1a2b3c4d","gcs_path":"gs://b/runs/run-1a2b3c4d"}'; }"""
    script = "\n".join([curl, *(command for _, command in things_to_try(Ports(8080)))])
    requested = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=True).stderr
    for address in ("/run-1a2b3c4d/events", "/run-1a2b3c4d/tasks", "/run-1a2b3c4d/logs?order=desc&limit=20"):
        assert f"http://127.0.0.1:8080/api/runs{address}" in requested


def test_the_page_for_browsers_is_escaped() -> None:
    assert "&quot;X-Dev-User: admin@lab.example&quot;" in dev_page_html(Ports(8080))


def test_the_terminal_says_where_the_page_is_and_where_the_ports_are(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.touch()
    text = welcome_text(Ports(8080), page)
    assert "Open http://127.0.0.1:8080 in a browser." in text
    assert "http://127.0.0.1:8080/dev" in text


def test_the_terminal_says_that_there_is_no_page(tmp_path: Path) -> None:
    text = welcome_text(Ports(8080), tmp_path / "index.html")
    assert "without its page: npm could not be reached" in text
    assert "http://127.0.0.1:8080/docs" in text
