"""Everything that lives inside a Locust process: the only part that imports Locust and gevent."""
