"""Stand-ins for the platform's own services: auth, API and what stands in front of MLflow, at both dates."""
