"""Terraform addresses: the map that the platform's pipeline makes of its states, and how a finding looks one up."""

from registry_monitor.terraform.addresses import MappedResource, TerraformMap, TerraformMapError, parse_map

__all__ = ["MappedResource", "TerraformMap", "TerraformMapError", "parse_map"]
