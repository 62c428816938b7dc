"""The function as Lambda keeps it warm, in a process of its own: each event of standard input is one invocation.

What each took and asked goes to the file that is the argument, as JSON. Standard output is left to the function: it is
what Lambda would put into the log.
"""

import http.client
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.client

from registry_monitor.handler import lambda_handler


def count(counts: Counter[str]) -> None:
    """Count from now on what is asked of AWS, and the bytes that go over the network, where the libraries do it."""
    call, send, begin = (
        botocore.client.BaseClient._make_api_call,
        http.client.HTTPConnection.send,
        http.client.HTTPResponse.begin,
    )

    def count_call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        counts[f"{client.meta.service_model.service_name}:{operation}"] += 1
        counts["metrics_asked"] += len(arguments.get("MetricDataQueries", ()))
        if operation == "PutObject" and "/runs/" in arguments["Key"]:
            counts["kept_bytes"] += len(arguments["Body"])
            counts["kept_objects"] += 1
        return call(client, operation, arguments)

    def count_sent(connection: Any, content: Any) -> None:
        counts["network_bytes"] += len(content) if isinstance(content, bytes) else 0
        send(connection, content)

    def count_received(response: Any) -> None:
        begin(response)
        counts["network_bytes"] += len(str(response.headers)) + (response.length or 0)

    botocore.client.BaseClient._make_api_call = count_call
    http.client.HTTPConnection.send = count_sent  # type: ignore[assignment, method-assign]
    http.client.HTTPResponse.begin = count_received  # type: ignore[assignment, method-assign]


def invoke(event: dict[str, Any], counts: Counter[str]) -> dict[str, Any]:
    """One invocation, with what it took and asked."""
    counts.clear()
    log_began_bytes = os.fstat(1).st_size
    began_s, worked_s = time.monotonic(), time.process_time()
    answer = lambda_handler(event, SimpleNamespace(get_remaining_time_in_millis=lambda: 120_000))  # type: ignore[arg-type]
    took_s, work_s = time.monotonic() - began_s, time.process_time() - worked_s
    sys.stdout.flush()
    counts["log_bytes"] = os.fstat(1).st_size - log_began_bytes
    return {"status": answer["status"], "wall_s": took_s, "cpu_s": work_s, "counts": dict(sorted(counts.items()))}


def main() -> None:
    counts: Counter[str] = Counter()
    count(counts)
    told = [invoke(json.loads(line), counts) for line in sys.stdin]
    Path(sys.argv[1]).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
