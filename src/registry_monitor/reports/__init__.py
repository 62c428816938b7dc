"""Reports: their names. ``documents`` renders them where a run is kept: a healthy light one needs none."""

RUN = "run.json"
REPORT = "MODEL_REGISTRATION_TEST_REPORT.md"
ISSUES = "INFRASTRUCTURE_ISSUES.md"
HANDOVER = "README.md"
SUMMARY = "test_execution_summary.json"
INFRASTRUCTURE = "infrastructure_health_report.json"
PAGE = "index.html"
