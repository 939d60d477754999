"""Business domains as configuration: NN_name.yaml says the items, a file of Python what needs code."""
