"""The worst nights: what the monitor does when the platform, AWS, the network, its input or its own process fail.

Each part is a module that lists its fault runs by name and makes one when asked; ``python -m tests.torture`` makes
them all, and a few of each stand in ``make test``.
"""
