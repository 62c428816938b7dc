"""Real servers as child processes: PostgreSQL, Redis and MLflow."""
