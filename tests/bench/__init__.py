"""How fast, how large and how dear the monitor is: ``python -m tests.bench`` (``make bench``).

Everything is measured in one run on one machine, beside a baseline of the same run, so that ratios mean something on
any machine; no test asks for a time.
"""
