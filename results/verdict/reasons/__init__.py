"""Why a verdict is what it is: the closed list of reasons. What an entry is: reason.py.

generator   the load process and its guard: why a measurement cannot be trusted
machine     what the load machine ran out of: ports, file descriptors, addresses; what it made ahead
peers       master and workers: whose words cannot be used, who refuses to take part
runner      what only the runner saw: who stopped the run, and what the target counted
evidence    what a run left: files that cannot be read, counts that contradict each other, how it ended
thresholds  rules that did not hold or could not be judged, and their notes
user_file   a user's own Locust file: what it did beside the plan, and its own word
plan        operations without evidence: not sent, never successful, not as often as planned
goals       a capacity, a drift, a volume in time; steps of a search
audit       what was lost, duplicated or altered, or is not right on printed papers; what could not be read
drill       how long people could not work, and why a drill has shown nothing
comparison  what is worse, what cannot be told, and why runs should not have been compared

To add one: a class in the file of its kind, and an example in tests/results/verdict/test_reasons.py.
"""

from results.verdict.reasons import (
    audit,
    comparison,
    evidence,
    generator,
    goals,
    machine,
    peers,
    plan,
    runner,
    thresholds,
    user_file,
)
from results.verdict.reasons.checks import drill
from results.verdict.reasons.reason import (
    ENTRIES,
    Reason,
    ReasonError,
    Recorded,
    Term,
    as_recorded,
    in_chinese,
    in_english,
    read,
    read_all,
    records,
)

__all__ = [
    "ENTRIES",
    "Reason",
    "ReasonError",
    "Recorded",
    "Term",
    "as_recorded",
    "audit",
    "comparison",
    "drill",
    "evidence",
    "generator",
    "goals",
    "in_chinese",
    "in_english",
    "machine",
    "peers",
    "plan",
    "read",
    "read_all",
    "records",
    "runner",
    "thresholds",
    "user_file",
]
