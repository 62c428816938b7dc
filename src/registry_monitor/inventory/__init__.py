"""What AWS says: read-only, each fact a value or Unknown with the reason. Also the API keys, from Secrets Manager."""
