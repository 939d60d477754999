"""renhai (人海): load and stress testing for tax administration systems."""
