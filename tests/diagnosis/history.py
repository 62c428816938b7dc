"""What AWS remembers of the past, forgotten: a case must not find traces of those that were tried before it."""

from tests.sandbox.platforms import CLUSTER
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.world import World

_STEADY = "has reached a steady state."


def forget_history(sandbox: Sandbox) -> None:
    """Of a healthy sandbox: forget validated keys, stopped tasks, logs, all events but the last, and old revisions."""
    forget_calls(sandbox)
    sandbox.mlflow.recover()
    world = sandbox.world
    ecs, logs = world.control_plane.backend("ecs"), world.control_plane.backend("logs")
    tasks = ecs.tasks.get(CLUSTER, {})
    running = {arn: task for arn, task in tasks.items() if task.last_status != "STOPPED"}
    ecs.tasks = ecs.tasks | {CLUSTER: running}
    for service in ecs.services.values():
        service.events = [event for event in service.events if event["message"].endswith(_STEADY)][:1]
    for group in logs.groups.values():
        group.streams = {}
    _level_revisions(world)


def forget_calls(sandbox: Sandbox) -> None:
    """Forget what auth keeps in Redis: its limit is of an hour, into which the runs of days are pressed here."""
    with sandbox.redis_client() as cache:
        cache.flushall()


def _level_revisions(world: World) -> None:
    """Let earlier revisions be like the newest, so that nothing has changed with it."""
    for revisions in world.control_plane.backend("ecs").task_definitions.values():
        newest = revisions[max(revisions)]
        for revision in revisions.values():
            revision.container_definitions = newest.container_definitions
            revision.cpu, revision.memory = newest.cpu, newest.memory
