"""Writes the published description of the API, which functions/pipelines serves (`make openapi`)."""

from tools.openapi.document import FILE, document_text

if __name__ == "__main__":
    FILE.write_text(document_text(), encoding="utf-8")
