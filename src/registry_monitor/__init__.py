"""Synthetic monitoring of a machine learning model registry platform.

The way of the data, and of the imports::

    handler, __main__ -> invocation, target          what is asked, what is watched
                      -> monitor                     one run: inventory and suites, side by side
                         inventory                   what AWS says (fetches)
                         clients                     what the network says (fetches)
                         suites -> runner            checks (judge), and their order, threads and deadline
                      -> run                         the one document that all else is rendered from
                      -> reports -> outputs          Markdown and JSON; S3, CloudWatch, a folder
"""

__version__ = "0.1.0"
