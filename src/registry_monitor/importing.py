"""The garbage collector rests while the function is imported, and never looks at what that has made.

Imported before all else. Importing makes a few hundred thousand objects and hardly any garbage: to go through them
again and again took a fifteenth of it (measured). Python library reference, ``gc.freeze``.
"""

import gc

gc.disable()


def ended() -> None:
    """All is imported: from now on garbage is collected, of what is made from now on."""
    gc.freeze()
    gc.enable()
