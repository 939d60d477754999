"""Generators and the reference target measured."""
