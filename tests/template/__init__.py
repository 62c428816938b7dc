"""What the stack promises."""
