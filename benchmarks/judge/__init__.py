"""How often verdicts are right."""
