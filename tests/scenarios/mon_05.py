"""MON-05: the Timeout of the monitor's function is too short for what it has to ask; the platform is well."""

from tests.sandbox.scenario import Cause
from tests.sandbox.world import World

CAUSES = (Cause(kind="monitor-out-of-time", resource="MonitorFunction"),)
_TOO_SHORT_S = 1.0  # a healthy full run of the sandbox takes longer: training alone does


def break_(world: World) -> None:
    """Leave the monitor too little time."""
    world.monitor_time_s = _TOO_SHORT_S


def mend(world: World) -> None:
    """Give it enough again."""
    world.monitor_time_s = None
