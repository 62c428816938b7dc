"""Answers of AWS as facts. Pure; optional fields may be absent, and unknown values are kept as they come."""
