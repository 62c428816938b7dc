"""The removal matrix: what a run says, and what it cannot find out, when its role lacks one permission."""
