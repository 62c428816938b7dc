"""Tests of the registry monitor, and the sandbox that they run against."""
