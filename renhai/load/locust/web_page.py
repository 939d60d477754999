"""A table of ours on Locust's live page: exact percentiles from the intended start, beside Locust's own.

Locust 2.x draws what `template_args` calls extended tabs and tables, from `extended_stats` of /stats/requests
(locust/examples/extend_web_ui). Nothing is computed unless somebody looks, and one operation at a time.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections import defaultdict
from typing import Any

from renhai.load.locust.page_gate import GIVEN, PageGate
from renhai.load.locust.stats_feed import METHOD
from renhai.load.measure.collector import Second
from renhai.load.measure.histogram import HistogramSum
from renhai.load.worker.controller import breathe
from results.metrics import titled

logger = logging.getLogger(__name__)

TAB = "renhai"
MOST = 500  # rows; Locust's own table ends there too
BOTH = {"p50": 0.5, "p95": 0.95, "p99": 0.99}  # also shown as Locust has them
TITLES = {name: titled(name) for name in ("p50", "p95", "p99", "p999")}
# Locust's page asks only its own server; should that ever change, the browser refuses.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:"
)


class ExactTable:
    """All latencies so far, by operation."""

    def __init__(self, stats: Any) -> None:
        self._stats = stats  # Locust's RequestStats
        self._latency: dict[str, HistogramSum] = defaultdict(HistogramSum)
        self._whole = HistogramSum()

    def take(self, second: Second) -> None:
        """What ended in one more second; a listener of the controller."""
        for name, packs in second.packs.items():
            if name not in self._latency and len(self._latency) >= MOST:
                continue
            for packed in packs:
                self._latency[name].add(packed)
                self._whole.add(packed)

    def rows(self) -> list[dict[str, Any]]:
        """A row an operation and one for all, in ms."""
        found = []
        for name, latency in sorted(self._latency.items()):
            found.append(_row(name, latency, self._stats.entries.get((name, METHOD))))
            breathe()
        return [*found, _row("Aggregated", self._whole, self._stats.total)]


def _row(name: str, latency: HistogramSum, theirs: Any) -> dict[str, Any]:
    known = latency.histogram
    row: dict[str, Any] = {"name": name, "requests": known.total}
    if known.total:
        row |= {key: round(known.milliseconds(key), 3) for key in (*TITLES, "max")}
    if theirs is not None:
        row |= {f"{key}_locust": theirs.get_response_time_percentile(share) for key, share in BOTH.items()}
    return row


def columns() -> list[dict[str, str]]:
    """The table's columns: ours, and to the right of each Locust's where it has one."""
    made = [{"key": "name", "title": "Operation 操作"}, {"key": "requests", "title": "# ended 已结束"}]
    for key, title in TITLES.items():
        made.append({"key": key, "title": f"{title} exact 精确 (ms)"})
        if key in BOTH:
            made.append({"key": f"{key}_locust", "title": f"{title} Locust (ms)"})
    return [*made, {"key": "max", "title": "max 最大 (ms)"}]


def extend(environment: Any) -> ExactTable:
    """Add the tab to the page of this environment; the table is to be given each second.

    Locust starts to serve the page only after this, so nobody passes beside its gate.
    """
    table = ExactTable(environment.stats)
    page = environment.web_ui
    token = GIVEN or secrets.token_urlsafe(24)
    if not GIVEN:
        logger.warning("page: http://127.0.0.1:%d/?token=%s&tab=%s", page.port, token, TAB)
    page.app.wsgi_app = PageGate(page.app.wsgi_app, token, page.port)
    page.template_args["extended_tabs"] = [{"title": "Exact percentiles 精确百分位", "key": TAB}]
    page.template_args["extended_tables"] = [{"key": TAB, "structure": columns()}]

    @page.app.after_request  # type: ignore[untyped-decorator]
    def extended(response: Any) -> Any:
        from flask import request

        response.headers["Content-Security-Policy"] = POLICY
        if request.path == "/stats/requests" and response.is_json:
            known = {**response.json, "extended_stats": [{"key": TAB, "data": table.rows()}]}
            response.set_data(json.dumps(known))
        return response

    return table
