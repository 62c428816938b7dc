"""Clients of AWS for what goes out: they give up in seconds, so that a run that has ended is told in its time."""

from typing import Any

import boto3
from botocore.config import Config

from registry_monitor import __version__


def brief_client(service: str, region: str, *, connect_s: float, read_s: float, attempts: int = 1) -> Any:
    """A client of one service, with its time-outs in seconds for each attempt.

    Raises BotoCoreError or ValueError for wrong settings of AWS.
    """
    config = Config(
        connect_timeout=connect_s,
        read_timeout=read_s,
        retries={"mode": "standard", "total_max_attempts": attempts},
        user_agent_extra=f"registry-monitor/{__version__}",
    )
    return boto3.client(service, region_name=region, config=config)
