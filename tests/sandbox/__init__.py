"""The platform on one machine: what the monitor is tried against."""
