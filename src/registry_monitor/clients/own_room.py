"""Whether a connection failed for want of room in the monitor's own process: that says nothing of the platform."""

import errno
import os
from collections.abc import Iterable

from registry_monitor.model import CannotTellError

_OWN = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})


def no_room(errors: Iterable[BaseException]) -> CannotTellError | None:
    """Why nothing could be asked, if these errors, or a file that cannot be opened now, say so; None: there is room.

    The second, since a resolver that can open no socket says that the name is not known.
    """
    for error in (*errors, _trial()):
        if isinstance(error, OSError) and error.errno in _OWN:
            return CannotTellError(f"the monitor's own process has no room for a connection: {error.strerror}")
    return None


def _trial() -> OSError | None:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error
    return None
