"""Stands where Flask-WTF would: MLflow's basic-auth application imports it for one form, which nobody uses here.

MLflow's own environment does not have the package. All that tells keys apart is MLflow's own code.
"""
