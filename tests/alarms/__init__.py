"""The alarm simulation: the template's own alarms, on what recorded runs of the sandbox print (README.md)."""
