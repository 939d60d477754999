"""Pages of what checks found beside a run: a verification, a replay."""
