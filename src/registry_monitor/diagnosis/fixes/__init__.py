"""What mends each kind of cause: the smallest change, with the platform's own values."""

from registry_monitor.diagnosis.causes import CAUSES
from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Fix


def fix_of(suspect: Suspect, evidence: Evidence) -> Fix:
    """The fix of one suspect."""
    return Fix(told=f"{CAUSES[suspect.kind].title}: mend {suspect.resource}.")
