"""How far a rolling deployment may go: by the service's limits, and by the health of the tasks it has started."""

import pytest

from tests.sandbox.aws.rollout import Step, next_step


def service(desired: int, minimum_pct: int, maximum_pct: int) -> dict[str, object]:
    """An ECS service with these limits."""
    limits = {"minimumHealthyPercent": minimum_pct, "maximumPercent": maximum_pct}
    return {"desiredCount": desired, "deploymentConfiguration": limits}


@pytest.mark.parametrize(
    ("limits", "old", "new", "sound", "step"),
    [
        ((1, 0, 100), 1, 0, 0, Step(stop=1, start=1, is_held_up=False)),
        ((1, 100, 200), 1, 0, 0, Step(stop=0, start=1, is_held_up=False)),
        ((1, 100, 200), 1, 1, 0, Step(stop=0, start=0, is_held_up=False)),
        ((1, 100, 200), 1, 1, 1, Step(stop=1, start=0, is_held_up=False)),
        ((1, 100, 100), 1, 0, 0, Step(stop=0, start=0, is_held_up=True)),
        ((2, 50, 100), 2, 0, 0, Step(stop=1, start=1, is_held_up=False)),
        ((2, 50, 100), 1, 1, 0, Step(stop=0, start=0, is_held_up=False)),
        ((2, 50, 100), 1, 1, 1, Step(stop=1, start=1, is_held_up=False)),
        ((3, 50, 150), 3, 0, 0, Step(stop=1, start=2, is_held_up=False)),
        ((0, 100, 200), 0, 2, 2, Step(stop=0, start=0, is_held_up=False)),
    ],
)
def test_next_step__within_the_limits(limits: tuple[int, int, int], old: int, new: int, sound: int, step: Step) -> None:
    """Never fewer sound tasks than the minimum, rounded up, nor more tasks than the maximum, rounded down."""
    assert next_step(service(*limits), old, new, sound) == step
