"""The states of the platform that are recorded: a deployment of a healthy one, and faults that page."""

QUIET = "quiet-rolling-deployment"
FAULTS = (
    *("MLF-01", "MLF-02", "MLF-07", "MLF-08", "MLF-10", "MLF-14", "ECS-05", "AUT-02", "AUT-14", "AUT-15", "AUT-11"),
    *("AUT-12", "ALB-07", "ALB-22", "TLS-01", "DNS-01", "NET-01"),
    *("MON-03", "MON-14"),  # the monitor's own: it is blind
)
