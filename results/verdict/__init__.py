"""Thresholds, reasons and the verdict of one run."""
