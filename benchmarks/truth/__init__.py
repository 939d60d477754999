"""Reports beside laws known on paper."""
