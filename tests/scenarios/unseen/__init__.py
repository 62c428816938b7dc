"""Faults that no rule of the diagnosis was written from: each follows a page of AWS's documentation, named in it."""
