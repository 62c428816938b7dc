"""A small target with one of everything that names something else."""

SMALL = """
name: small
region: us-east-1
cluster: small-cluster
keys:
  secret: registry-monitor/small
  names: [admin, second]
  monitor: admin
services:
  - role: auth
    name: small-auth
    container_port: 8000
  - role: api
    name: small-api
    container_port: 8001
    probe: {path: /, key: admin}
load_balancers:
  - name: small
    hosts: [registry.example.com]
    routes:
      - {id: api-route, url: https://registry.example.com/, service: api}
endpoints:
  - id: auth-health
    service: auth
    url: https://auth.example.com/health
    depth: light
  - id: api-root
    service: api
    url: https://registry.example.com/
    key: admin
calls:
  - {id: to-auth, caller: api, callee: auth, url: https://registry.example.com/, key: admin}
authentication:
  service: auth
  missing: {status: 401}
  invalid: {status: 401}
  headers:
    - {id: bearer, prefix: "Bearer "}
    - {id: x-api-key, header: X-API-Key}
  places:
    - {id: proxy, service: api, url: https://registry.example.com/, takes: [bearer]}
  first_header_wins: [bearer, x-api-key]
  keys:
    - {key: second, state: valid, expect: {status: 200}}
  consistent_keys: [admin, second]
mlflow:
  service: api
  api_url: https://registry.example.com/api/mlflow
  direct_url: https://registry.example.com/mlflow
  experiment: registry-monitor
  model: registry-monitor-canary
  reader_key: second
  host_check: {url: http://registry.example.com/, host: other.example.com, key: admin, expect: {status: 403}}
  routes:
    - {id: proxied, url: https://registry.example.com/api/mlflow/api/2.0}
redis:
  replication_group: small-redis
  user: {name: monitor, password_key: second}
closed_to_monitor: [redis, api]
"""


def line_of(text: str, part: str) -> int:
    """The number of the first line that holds ``part``."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)
