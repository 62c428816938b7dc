"""Outputs: where a run goes. S3 objects, CloudWatch metrics, a local folder."""
