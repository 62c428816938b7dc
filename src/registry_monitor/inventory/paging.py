"""The pages of a list of AWS, bounded: one that never ends must hold up neither the run nor AWS."""

from collections.abc import Iterator
from typing import Any

from registry_monitor.model import CannotTellError

MOST_PAGES = 100  # of at least a hundred items each, where AWS sets no smaller page; no platform has so many


def pages_of(client: Any, operation: str, **asked: Any) -> Iterator[dict[str, Any]]:
    """Every page of an operation (``list_tasks``).

    Raises CannotTellError where there are more than MOST_PAGES, what the client raises, and what botocore does where
    a page names itself as the next one.
    """
    for number, page in enumerate(client.get_paginator(operation).paginate(**asked), start=1):
        yield page
        if number >= MOST_PAGES:
            raise CannotTellError(f"{operation} of AWS did not end after {MOST_PAGES} pages: ask AWS Support")
