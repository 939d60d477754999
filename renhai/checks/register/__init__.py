"""The taxpayers whom a target has to know before a run begins: brought there, or asked for."""
