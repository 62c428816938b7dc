"""The product as its users meet it: whole runs against the whole sandbox."""
