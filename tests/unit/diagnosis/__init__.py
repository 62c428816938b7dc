"""Tests of the diagnosis: facts and symptoms in, findings out."""
