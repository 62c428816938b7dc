"""A comparison of two runs as a Markdown document of its own."""

from registry_monitor.comparison import Comparison
from registry_monitor.reports.templating import environment


def comparison_document(comparison: Comparison) -> str:
    """The text of the document."""
    text = environment().get_template("COMPARISON.md.j2").render(comparison=comparison)
    return f"{text.strip()}\n"
