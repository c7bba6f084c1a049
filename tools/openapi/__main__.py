"""Writes the published description of the API, what API Gateway routes, and the records of the command line."""

from tools.client_models import write_modules
from tools.openapi import gateway
from tools.openapi.document import FILE, document, document_text

if __name__ == "__main__":
    FILE.write_text(document_text(), encoding="utf-8")
    gateway.FILE.write_text(gateway.gateway_text(), encoding="utf-8")
    write_modules(document())
