"""Who and what: synthetic taxpayers and their documents. Pure: no clock, no global random, no network."""
