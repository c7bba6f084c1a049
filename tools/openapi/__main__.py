"""Writes the published description of the API, which functions/pipelines serves, and what API Gateway routes."""

from tools.openapi import gateway
from tools.openapi.document import FILE, document_text

if __name__ == "__main__":
    FILE.write_text(document_text(), encoding="utf-8")
    gateway.FILE.write_text(gateway.gateway_text(), encoding="utf-8")
