"""What the load balancer adds to the answers of all backends."""

from common.web.security_headers import SECURITY_HEADERS
from tests.support.terraform import blocks, tables


def test_every_backend_adds_security_headers_with_the_values_of_functions() -> None:
    backends = [block for block in blocks() if block.labels and block.labels[0] == "google_compute_backend_service"]
    assert {str(backend.arguments["custom_response_headers"]) for backend in backends} == {"${local.response_headers}"}
    headers = dict(line.split(": ", 1) for line in tables()["response_headers"])
    assert "Strict-Transport-Security" in headers
    assert headers.items() <= SECURITY_HEADERS.items()
