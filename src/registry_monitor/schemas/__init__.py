"""The published JSON Schemas (draft 2020-12) of the documents, generated from their models.

``python -m registry_monitor.schemas`` writes them beside this file; a test compares.
"""

import json
from pathlib import Path

from pydantic import BaseModel

from registry_monitor.comparison import Comparison
from registry_monitor.fleet.document import FleetDocument
from registry_monitor.reports.infrastructure import InfrastructureHealthReport
from registry_monitor.reports.public_status import PublicStatus
from registry_monitor.reports.status import StatusDocument
from registry_monitor.reports.summary import ExecutionSummary
from registry_monitor.run import Run
from registry_monitor.state.history_documents import HistoryDocument
from registry_monitor.state.incidents import IncidentsDocument

FOLDER = Path(__file__).parent
DOCUMENTS: dict[str, type[BaseModel]] = {
    "run": Run,
    "status": StatusDocument,
    "public_status": PublicStatus,
    "test_execution_summary": ExecutionSummary,
    "infrastructure_health_report": InfrastructureHealthReport,
    "comparison": Comparison,
    "incidents": IncidentsDocument,
    "history": HistoryDocument,
    "fleet": FleetDocument,
}


def schema_text(name: str) -> str:
    """The schema of ``<name>.json``. Its identifier carries the document's ``schema_version``."""
    schema = DOCUMENTS[name].model_json_schema(mode="serialization", by_alias=False)  # as json_text writes it
    version = schema["properties"]["schema_version"]["const"]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:registry-monitor:{name}:{version}",
    }
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def schema_path(name: str) -> Path:
    """Where the schema of ``<name>.json`` is published."""
    return FOLDER / f"{name}.schema.json"
