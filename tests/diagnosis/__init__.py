"""Judges the diagnosis: every scenario, alone and together, against what the monitor names (``make scenarios``).

``cases`` says what is tried; ``station`` tries one case on a sandbox; ``workers`` runs stations side by side;
``results`` keeps what came out. ``judging`` compares a diagnosis with the truth, ``figures`` counts, ``rivals`` are
simpler diagnoses judged on the same runs, ``report`` shows it all.
"""
