"""renhai beside its peers."""
