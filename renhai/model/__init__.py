"""The pydantic models behind the YAML: what a scenario and its parts may hold."""
