"""The states of the platform that are recorded: a deployment of a healthy one, and faults that page."""

QUIET = "quiet-rolling-deployment"
FAULTS = (
    *("MLF-01", "MLF-02", "MLF-07", "MLF-10", "ECS-05", "NET-01", "TLS-01", "DNS-01", "ALB-22"),
    *("AUT-02", "AUT-11", "AUT-12", "AUT-15"),
    "MON-03",  # the monitor's own: it is blind
)
