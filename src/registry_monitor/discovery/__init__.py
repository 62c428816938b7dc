"""A target file for a platform of which nothing is known but the name of its cluster. Pure: facts in, text out.

Nothing is invented: what AWS cannot tell is left out, or has a default that works as it stands; each line says which.
"""

from registry_monitor.discovery.draft import DiscoveryError, Draft
from registry_monitor.discovery.drafting import discover
from registry_monitor.discovery.ingress import ingress_terraform
from registry_monitor.discovery.seen import Wish
from registry_monitor.discovery.target_text import notes_of, target_text

__all__ = ["DiscoveryError", "Draft", "Wish", "discover", "ingress_terraform", "notes_of", "target_text"]
