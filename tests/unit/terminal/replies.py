"""Replies of the platform, exactly as they were measured (platform, sections 8 to 10), for the tests of `check`."""

from registry_monitor.clients.http import Answer

BASE = "https://registry.example.com/api/mlflow"
API_404 = '{"detail":"Not Found"}'
PROXY_404 = '{"error_code":"RESOURCE_NOT_FOUND","message":"MLflow endpoint not found: experiments/search"}'
MLFLOW_404 = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
LOAD_BALANCER_503 = "<html>\n<head><title>503 Service Temporarily Unavailable</title></head>\n<body></body>\n</html>\n"
WEB_PAGE = '<!doctype html><html lang="en"><head><title>MLflow</title></head><body></body></html>'
EXPERIMENTS = '{"experiments":[{"experiment_id":"0","artifact_location":"mlflow-artifacts:/0"}]}'
BUCKET_EXPERIMENTS = '{"experiments":[{"experiment_id":"0","artifact_location":"s3://example/0"}]}'
NOT_ADMIN = '{"detail":"Admin access required for the model registry","error":"REGISTRY_ADMIN_REQUIRED"}'


def answer(status: int, body: str = "", *, server: str = "uvicorn", **headers: str) -> Answer:
    """One answer; the content type follows from the body."""
    kind = {"{": "application/json", "<": "text/html; charset=utf-8"}.get(body[:1], "text/plain")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        url=BASE,
        status=status,
        headers={"Content-Type": kind} | ({"Server": server} if server else {}) | named,
        body=body.encode(),
        is_truncated=False,
        elapsed_ms=12.3,
    )


def detail(status: int, text: str, **headers: str) -> Answer:
    """An error as the API spells it, without a space after the colon."""
    return answer(status, f'{{"detail":"{text}"}}', **headers)


def gateway(status: int, text: str) -> Answer:
    """An error as the gateway before MLflow spells it, with a space after the colon."""
    return answer(status, f'{{"detail": "{text}"}}')


def load_balancer(status: int, body: str = "", **headers: str) -> Answer:
    """An answer of the load balancer's own."""
    return answer(status, body, server="awselb/2.0", **headers)
