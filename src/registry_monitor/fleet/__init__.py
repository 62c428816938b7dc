"""A fleet: many targets, each run by itself, rolled up into one document. Pure: visits in, a document out.

``visits``: what one run of one target says to its fleet. ``document``: all targets as they are known, with the fleet's
figures. ``merging``: the document after further visits. ``problems``: one cause behind many targets, told as one.
"""
