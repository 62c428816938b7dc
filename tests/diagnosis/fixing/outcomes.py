"""Why a fix was not applied: it leaves something open, or what it says cannot be done."""


class NotApplicableError(Exception):
    """The fix leaves to a person what no program can know, or is of something that no sandbox has; the text says it."""


class RefusedError(Exception):
    """AWS or Terraform refuses what the fix says: a fix that does not help."""
