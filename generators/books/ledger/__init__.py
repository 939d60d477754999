"""What a year's sales leave: results, wages and assets, from January to the end of a month."""
