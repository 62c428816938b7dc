"""What outlives a run, pure: documents in, documents out. ``memory.py`` reads and writes them.

``sightings.py``: what a run says is wrong; ``incidents.py``: what becomes of it over time; ``excuses.py``: what wakes
nobody; ``telling.py``: what is to be told, once; ``history.py`` and ``uptime.py``: the record of thirty days;
``latencies.py``: how long checks usually take.
"""
