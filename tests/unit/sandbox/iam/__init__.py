"""The evaluator of policies in front of moto."""
