"""One headless Chromium, and the pages in a bucket of moto's S3, served over HTTP as the reports' bucket would."""

import shutil
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
BUCKET = "registry-monitor-pages"


@pytest.fixture(scope="module")  # its event loop runs in this thread, where other tests want theirs
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def put_page() -> Iterator[Callable[[str, str], str]]:
    """Puts a page into the bucket; returns its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_bucket(Bucket=BUCKET, ACL="public-read")

    def put(key: str, text: str) -> str:
        client.put_object(
            Bucket=BUCKET, Key=key, Body=text.encode(), ContentType="text/html; charset=utf-8", ACL="public-read"
        )
        return f"http://{host}:{port}/{BUCKET}/{key}"

    yield put
    server.stop()
