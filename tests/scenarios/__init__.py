"""Faults of the platform as edits to the sandbox's world: one small file each, found by its name."""
