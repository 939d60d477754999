"""A drain and a stocktake judged from what was read and counted alone."""
