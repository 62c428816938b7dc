"""Applies what a finding suggests to a sandbox's world, as ``terraform apply`` and the AWS CLI would.

It knows Terraform and AWS alone: neither the scenario nor what was healthy. ``applying`` is the way in; ``terraform``
applies what a fix has as HCL, with a module for each family of resources; ``commands`` runs its AWS commands.
"""
