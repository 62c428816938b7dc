"""The built artifact, as Lambda would run it."""
