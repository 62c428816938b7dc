"""A service whose ``/health`` takes its time, as one that asks its stores first."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

_VARIABLE = "HEALTH_DELAY_S"


def with_health_delay(application: web.Application, variables: Mapping[str, str]) -> web.Application:
    """Let ``/health`` wait for as long as the container's variable says; without the variable, for no time."""
    delay_s = float(variables.get(_VARIABLE, 0))

    @web.middleware
    async def wait(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path == "/health":
            await asyncio.sleep(delay_s)
        return await handler(request)

    if delay_s:
        application.middlewares.insert(0, wait)
    return application
