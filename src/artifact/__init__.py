"""The function's artifact: trimming it while it is built, and checking its size after. Not part of the artifact."""
