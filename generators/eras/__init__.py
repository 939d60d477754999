"""When: what the tax law said on a day, from 2012 to 2027, as data with sources."""
