"""Where Locust is met: entry, users' own files, its web page, its runner."""
