"""report.html: one self-contained page that opens offline, in English and Chinese."""

from results.report.html.page import render_report, write_report

__all__ = ["render_report", "write_report"]
