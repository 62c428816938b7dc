"""Lists of AWS that never end, asked of a real HTTP server: they stop, and it is said why."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import PaginationError

from registry_monitor.inventory.paging import MOST_PAGES, pages_of
from registry_monitor.model import CannotTellError


class Ecs(BaseHTTPRequestHandler):
    """ECS that names a next page in each answer: ``token`` of the number of the answer."""

    answers = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).answers += 1
        body = json.dumps({"taskArns": [], "nextToken": self.token(self.answers)}).encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def token(self, number: int) -> str:
        return f"page-{number}"


class Same(Ecs):
    """One that names the same page again and again."""

    def token(self, number: int) -> str:
        return "again"


@pytest.fixture
def ecs(request: pytest.FixtureRequest) -> Iterator[Any]:
    request.param.answers = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), request.param)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield boto3.client(
        "ecs",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
        aws_access_key_id="fake-id",
        aws_secret_access_key="fake-secret",
    )
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("ecs", [Ecs], indirect=True)
def test_list_without_end__stops_after_so_many_pages(ecs: Any) -> None:
    """A thread that lists for ever would outlive the run, and ask AWS as fast as it can."""
    with pytest.raises(CannotTellError, match="list_tasks of AWS did not end after 100 pages"):
        list(pages_of(ecs, "list_tasks", cluster="c"))
    assert Ecs.answers == MOST_PAGES


@pytest.mark.parametrize("ecs", [Same], indirect=True)
def test_page_that_names_itself__stops_at_once(ecs: Any) -> None:
    """Botocore sees it."""
    with pytest.raises(PaginationError):
        list(pages_of(ecs, "list_tasks", cluster="c"))
    assert Same.answers == 2
