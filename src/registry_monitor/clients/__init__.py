"""What the network says: HTTP and the MLflow registry. Network libraries stand only here. Fetches, never judges."""
