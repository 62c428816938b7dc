"""Writes the published schemas anew: ``python -m registry_monitor.schemas``."""

from registry_monitor.schemas import DOCUMENTS, schema_path, schema_text

if __name__ == "__main__":
    for document in DOCUMENTS:
        schema_path(document).write_text(schema_text(document), encoding="utf-8")
