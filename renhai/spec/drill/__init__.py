"""What a scenario says of a drill, and what is wrong with it beside its target."""
