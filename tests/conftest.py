"""Fixtures that several tests share: one running sandbox at a time, since it takes ten seconds to start."""

from collections.abc import Callable, Iterator

import boto3
import pytest

from tests.sandbox.sandbox import Sandbox
from tests.sandbox.services.settings import Era

TIME_SCALE = 0.1  # the load balancers' 60 s of silence become 6 s
PAUSE_SCALE = 0.02  # of 10 s for packets that are dropped, and of 4.5 s between retries, nobody learns anything

_NOT_EVEN_ONCE = ("test_secrets", "test_writes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test has a second try, which the summary tells (R).

    Two platforms, a database and a browser share two cores, and now and then a process stands still for longer than
    the load balancers' shortened time, or than the 4 s for which S3's answer is waited for. What is wrong with the
    monitor is wrong twice (hypothesis asks again with what failed); what must not happen even once, a leak or a write
    to what is others', has no second try.
    """
    for item in items:
        if item.path.stem not in _NOT_EVEN_ONCE:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def credentials_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's environment says who it is: boto3 would go on with the credentials of the first test that asked."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


class OneSandbox:
    """Keeps one healthy sandbox; asking for the other platform stops it and starts that one."""

    def __init__(self) -> None:
        self._running: Sandbox | None = None

    def of(self, platform: Era) -> Sandbox:
        """Return the running sandbox of ``platform``."""
        if self._running and self._running.platform.era != platform:
            self.stop()
        if not self._running:
            self._running = Sandbox(platform, time_scale=TIME_SCALE, pause_scale=PAUSE_SCALE).__enter__()
        return self._running

    def stop(self) -> None:
        """Stop it, if one runs."""
        running, self._running = self._running, None  # forgotten even where its end tells of a defect
        if running:
            running.__exit__(None, None, None)


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[OneSandbox]:
    keeper = OneSandbox()
    yield keeper
    keeper.stop()


@pytest.fixture(scope="session")
def sandbox_of(one_sandbox: OneSandbox) -> Callable[[Era], Sandbox]:
    """The running healthy sandbox of a platform; who breaks it mends it."""
    return one_sandbox.of


@pytest.fixture
def sandbox(sandbox_of: Callable[[Era], Sandbox]) -> Sandbox:
    """The running healthy sandbox of HEAD; who breaks it mends it."""
    return sandbox_of("head")
