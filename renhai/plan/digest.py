"""The digest of a load: equal for runs that may be compared.

What is digested has the keys that plans had when the first baselines were made (see `digested`), whatever the
models of renhai.plan.model look like since: a digest that changed would part new runs from all older ones.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from renhai.plan.model import (
    LOCUST_EVENT,
    ClosedLoad,
    Load,
    OpenLoad,
    OperatorGroup,
    Post,
    ScenarioPlan,
    SearchLoad,
    Taxpayers,
    UserFileLoad,
)


def digest_of(scenario: ScenarioPlan) -> str:
    """Equal for runs of one load on one kind of data, whatever taxpayers and limits: 16 digits."""
    text = json.dumps(digested(scenario), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digested(scenario: ScenarioPlan) -> dict[str, Any]:
    """What makes two loads the same; thresholds, abort, goals and which taxpayers do not."""
    return {
        "name": scenario.name,
        "data": kind_of_data(scenario.data),
        "load": _load(scenario.load),
        "posts": {name: _post(post) for name, post in scenario.posts.items()},
        **({"measured": LOCUST_EVENT} if scenario.measured == LOCUST_EVENT else {}),
    }


def kind_of_data(data: Taxpayers) -> dict[str, Any]:
    """Era and number: that they are other taxpayers makes no other load.

    A document that is computed before its request is sent is a part of its latency; one made ahead is not.
    """
    found: dict[str, Any] = {"profile": data.profile, "taxpayers": data.taxpayers}
    found |= {"registered": True} if data.registered else {}
    return {**found, "ahead": True} if data.ahead is not None else found


def _load(load: Load) -> dict[str, Any]:
    found: dict[str, Any] = {
        "model": load.model,
        "groups": [_group(group) for group in load.operators] if isinstance(load, ClosedLoad) else [],
        "arrivals": None,
        "stages": [stage.model_dump() for stage in load.stages],
        "curve": None,
    }
    if isinstance(load, OpenLoad | SearchLoad):
        found["arrivals"] = load.arrivals.model_dump()
    if isinstance(load, OpenLoad) and load.curve is not None:
        found["curve"] = [list(point) for point in load.curve]
    if isinstance(load, ClosedLoad | OpenLoad) and load.iterations is not None:
        found["iterations"] = load.iterations.model_dump(exclude_none=True)
    if isinstance(load, UserFileLoad) and load.arguments:
        found["locust_args"] = list(load.arguments)
    if isinstance(load, SearchLoad):
        found |= {"search": load.search.model_dump(), "max_in_flight": load.max_in_flight}
    return found


def _group(group: OperatorGroup) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": group.unit, "post": group.post, "count": group.count}
    if group.reported_as:
        found |= {
            "desk": group.reported_as,
            "unit_name": group.unit_name,
            "post_name": group.post_name,
            "hours": [list(sitting) for sitting in group.hours],
        }
    return found


def _post(post: Post) -> dict[str, Any]:
    params = post.think.model_dump(exclude={"kind"})
    return {"journeys": post.journeys, "think": {"kind": post.think.kind, "params": params}}
