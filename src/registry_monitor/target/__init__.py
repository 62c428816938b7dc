"""The target: what is watched. One YAML file, validated whole before anything runs.

``load_target`` takes a packaged target's name or the path of a file.
"""

from registry_monitor.target.authentication import (
    BEARER,
    Authentication,
    KeyForm,
    KeyHeader,
    Keys,
    KeyState,
    ProtectedPlace,
    Validation,
)
from registry_monitor.target.fields import Expectation, HttpUrl
from registry_monitor.target.loading import PACKAGED_TARGETS, load_target, packaged_targets, parse_target
from registry_monitor.target.maintenance import ExpectedDown, Incidents, Weekly
from registry_monitor.target.mlflow import HostCheck, Mlflow, MlflowRoute
from registry_monitor.target.platform import (
    Account,
    Call,
    Contact,
    Database,
    DirectProbe,
    Endpoint,
    Headroom,
    LoadBalancer,
    Redis,
    RedisUser,
    Route,
    Service,
    Unprobed,
    session_name,
)
from registry_monitor.target.problems import Problem, TargetError, TargetUnreadError
from registry_monitor.target.schema import Limits, Performance, Target, Thresholds

__all__ = [
    "BEARER",
    "PACKAGED_TARGETS",
    "Account",
    "Authentication",
    "Call",
    "Contact",
    "Database",
    "DirectProbe",
    "Endpoint",
    "Expectation",
    "ExpectedDown",
    "Headroom",
    "HostCheck",
    "HttpUrl",
    "Incidents",
    "KeyForm",
    "KeyHeader",
    "KeyState",
    "Keys",
    "Limits",
    "LoadBalancer",
    "Mlflow",
    "MlflowRoute",
    "Performance",
    "Problem",
    "ProtectedPlace",
    "Redis",
    "RedisUser",
    "Route",
    "Service",
    "Target",
    "TargetError",
    "TargetUnreadError",
    "Thresholds",
    "Unprobed",
    "Validation",
    "Weekly",
    "load_target",
    "packaged_targets",
    "parse_target",
    "session_name",
]
