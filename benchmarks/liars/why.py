"""What each liar must be found out by: name of its row to an entry of `Case.why`.

`refused: ` is the refusal before any load, `failed: OPERATION: OUTCOME: ` an entry of failures.jsonl; the
rest begins with the code of a reason (results/verdict/reasons).
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.load.locust.test_peers import LIES

OF_ANSWERS = {
    "false for 0": "code is false, where asks for 0",
    "true for 1": "code is true, where asks for 1",
    "1 for true": "done is 1, where asks for true",
    "0 for false": "failed is 0, where asks for false",
    "0 for a text": 'code is 0, where asks for "0"',
    "a text for 0": 'code is "0", where asks for 0',
    "an object for a number": "the answer cannot be read: an object is no number",
    "true for a number": "the answer cannot be read: true or false is no number",
    "minus infinity for a number": "the answer cannot be read: a text of 6 characters is no number",
    "one more than it sends": "closed inside answer",
    "the same length twice": "malformed: Duplicate Content-Length",
    "announced to be too long": "body too large",
    "half a deflate": "malformed: deflate body ends early",
    "gzip with another sum": "malformed: bad gzip body",
    "rubbish behind gzip": "malformed: bad gzip body",
    "HTTP/2 in words": "malformed: does not begin with HTTP/1.",
    "lines without a return": "malformed: Missing expected CR after response line",
    "a text for rows": "the answer cannot be read: rows is no list",
    "an object twice": "the answer has the key r twice",
    "an element twice, by its parent": "the answer says two things at head/code",
    "an element twice, deeper": "the answer says two things at //code",
    "an element twice": "the answer says two things at code",
    "an attribute twice, by its element": "the answer says two things at row/@code",
    "its own, and another's": "the answer says two things at //id",
    "success in another charset": "the answer is not text",
    "repeats nothing": "the answer has no data.id, which must repeat id",
    "cut off": "closed inside answer",
    "cut off, then reset": "connection reset inside answer",
    "cut off in its head": "closed inside answer",
    "cut off in chunks": "closed inside answer",
    "longer than allowed": "body too large",
    "two lengths": "malformed: Duplicate Content-Length",
    "length and chunks": "malformed: Content-Length can't be present with Transfer-Encoding",
    "no number for a length": "malformed: Invalid character in Content-Length",
    "chunks without a size": "malformed: Invalid character in chunk size",
    "an unknown transfer coding": "malformed: unsupported transfer-encoding",
    "half a gzip": "malformed: gzip body ends early",
    "no br at all": "malformed: bad br body",
    "half a br": "malformed: br body ends early",
    "a coding that nobody knows": "malformed: unsupported content-encoding lzma",
    "a gzip bomb": "body too large",
    "a br bomb": "body too large",
    "nested without end": "the answer is not JSON",
    "NaN": "the answer is not JSON",
    "HTML for JSON": "the answer is not JSON",
    "an empty 200": "the answer is empty",
    "an entity for XML": "the answer is not XML",
    "500 with a success inside": "HTTP 500",
    "206, a part of it": "HTTP 206",
    "302 for 200": "HTTP 302",
    "1xx without end": "malformed: more interim answers (1xx) than a head may have bytes",
    "101 for an answer": "malformed: unexpected status 101",
    "one in ten is lost": "connection reset before answer",
    "closed without a word": "closed before answer",
    "silent": "total timeout",
    "a byte a second": "total timeout",
    "a second answer, later": "unasked",
    "a word, later": "unasked",
}
OF_KINDS_OF_ANSWERS = {
    "type": "rejected",
    "contradiction": "the answer has the key code twice",
    "hidden word": "the answer has a text of `absent`",
    "another's answer": "the answer belongs to another request: data.id is not the id that was sent",
    "unasked bytes": "bytes that nobody asked for followed the answer",
}

PUT_NEVER = "plan.none_succeeded: shelf.put"
NO_RULE = "refused: … success states no rule"
OF_YAML = {
    "a threshold that always holds: throughput": "refused: … throughput >= 0/s; it cannot fail",
    "a threshold that always holds: errors": "refused: … error_rate <= 100%; it cannot fail",
    "a threshold that always holds: errors, 101 %": "refused: … error_rate < 101%; a share is at most 100%",
    "a threshold that always holds: refusals": "refused: … rejection_rate <= 100%; it cannot fail",
    "a threshold beyond the time that a request may take": "refused: … p95 < 2s, which cannot fail",
    "a threshold that only total failure breaks": "refused: … error_rate < 100%, which cannot fail",
    "a threshold that only total failure breaks: counts": "refused: … errors <= 1000000, which cannot fail",
    "a threshold that only total failure breaks: a rate": "refused: … throughput >= 0.0001/s, which cannot",
    "every operation is optional, one by one": "refused: … optional names every operation",
    "a text of which every JSON is made": "refused: … is what any answer has",
    "a threshold the wrong way round": "refused: … it would pass a run that is bad enough",
    "a threshold on what is never sent": "refused: … matches none of this scenario's operations",
    "a threshold that the plan cannot reach": "refused: … throughput >= 4000/s, which cannot hold",
    "no threshold at all": "refused: … thresholds is {}; must have at least 1 entry",
    "thresholds twice, the second empty of sense": "refused: … thresholds is given twice",
    "a misspelt key": "refused: … treshold is not a known key",
    "every operation is optional": "refused: … optional has *, which is every operation",
    "a drift that no run can have": "refused: … drift.error_rate is 100%; must be below 100%",
    "an audit that bounds nothing": "refused: … has an audit that bounds nothing",
    "an audit that may lose all that is written": "refused: … has lost at most 119, which cannot fail",
    "papers that may all be wrong": "refused: … has wrong at most 119, which cannot fail",
    "all of IPv4, written as IPv6": "refused: … hosts[0] is ::ffff:0:0/96, wider than /112",
    "all of IPv6": "refused: … hosts[0] is ::/0, wider than /48",
    "no rule of success": NO_RULE,
    "a rule that asks for nothing": NO_RULE,
    "a text that every answer has": 'refused: … success.contains[0] is ""; must have',
    "any, and a rule beside it": "refused: … success says any, and a rule beside it",
    "200 and 500 are success": NO_RULE,
    "what is read may be missing": NO_RULE,
    "an echo of what was not sent": "refused: … success.echo.djxh shelf.get sends no field",
    "a path of another format": "refused: … a path into JSON is written with dots",
    "a number in XML": "refused: … XML has texts alone, so this never holds",
    "success and refusal by the same status": "refused: … 200 is in status and in rejected_status",
    "an answer to HEAD that is to be judged": "refused: … HEAD, whose answers have no body to judge",
    "no rule for one of two operations": 'refused: … operations."shelf.put".success states no rule',
    "a production system": "refused: … environment is production",
    "no environment": "refused: … environment is missing",
    "a host that nobody listed": "refused: … hosts does not list 198.51.100.7",
    "a network that is too wide": "refused: … 10.0.0.0/8, wider than /16",
    "more than the ceiling allows": "refused: … ceiling.rate is 5/s, and the scenario asks for 20",
    "a third are errors, and no rule is on errors": "threshold.errors_by_no_rule: shelf.",
    "one operation fails, and no rule is on it": PUT_NEVER,
    "one operation fails, and it is optional": "threshold.broken: shelf.put: error_rate is 100%",
    "one operation is refused, and no rule is on it": PUT_NEVER,
    "one operation is refused, and the rule is on errors": PUT_NEVER,
    "errors of one operation hide in the average of all": PUT_NEVER,
    "more arrivals than may be in flight": "generator.arrivals_dropped: ",
    "the run ends itself at too many errors": "run.aborted: ",
    "a rule that looks at the fast half": "threshold.broken: run: p95 is",
}

ALL_RAISE = "user_file.always_raised: U.t raised"
NOBODY = "user_file.users_missing: … 0 of 4"
LATE_FAILURE = "threshold.broken: U.t: error_rate is 100%"
NOT_CHECKED = "threshold.broken: GET /ok: error_rate is 100%"
UNUSABLE = "refused: … the locustfile cannot be used"
DIED = "run.load_process_died: | runner.nothing_measured: "
SUBPROCESS = "guard.escape: "
OF_FILES = {
    "every task raises": ALL_RAISE,
    "every task raises and no rule is on errors": ALL_RAISE,
    "every task raises and the run allows as many": ALL_RAISE,
    "a task raises sometimes": "threshold.broken: U.t: error_rate is",
    "a task raises once in a while and no rule is on errors": "user_file.uncaught: U.t raised",
    "the answer's check is left by an exception": NOT_CHECKED,
    "the same with the fast client": NOT_CHECKED,
    "on_start raises for all but one": "user_file.users_missing: … 1 of 4",
    "users cannot be made": NOBODY,
    "users stop until nobody is left": NOBODY,
    "on_start never ends for three of four": "user_file.never_began: 3 of 4 users",
    "a pause that never ends": NOBODY,
    "an exception beyond Exception": NOBODY,
    "a failure after its request was reported": LATE_FAILURE,
    "the same with the fast client, a failure too late": LATE_FAILURE,
    "one of four stops early": "user_file.users_missing: … 3 of 4",
    "somebody kills their greenlets": "user_file.users_missing: ",
    "interrupt where there is nothing to go back to": "user_file.users_missing: ",
    "all hang in one request": "user_file.never_ended: GET /hang | run.never_answered: ",
    "all hang in one request, later": "user_file.never_ended: GET /hang",
    "all hang in a call of their own": "user_file.never_ended: Talker.call",
    "an answer that is never judged": "user_file.never_ended: GET /lost",
    "on_stop raises": "threshold.broken: U.on_stop | user_file.always_raised: U.on_stop",
    "a listener of test_start raises": "user_file.listener_raised: the locustfile's prepare",
    "a listener of each request raises": "user_file.listener_raised: the locustfile's look",
    "the exit code is set at the end": "user_file.exit_code: … exit code 3",
    "the exit code is set by a task": "user_file.exit_code: … exit code 1",
    "a listener of quitting raises": "user_file.exit_code: … exit code 2",
    "a listener of quitting leaves before another speaks": "user_file.not_heard_out: ",
    "a listener of quitting calls sys.exit": "user_file.not_heard_out: ",
    "a listener of test_stop leaves": "user_file.not_heard_out: ",
    "a listener of quit hides the exit code": "user_file.exit_code: … exit code 3",
    "the exit code is set by a task of one of two processes": "user_file.exit_code: … exit code 1",
    "requests of another library beside": "user_file.other_client: ",
    "requests by a bare socket": "user_file.other_client: ",
    "requests over a connection of before the load": "user_file.other_client: ",
    "requests past the client's methods": "user_file.sent_unreported: ",
    "requests of a hook within a request": "user_file.other_client: ",
    "the client asks another server": "user_file.other_server: ",
    "a task ends the run": "user_file.stopped_from_within: ",
    "a time that is none": "user_file.time_unknown: grpc Filing/Submit … nan",
    "requests that are only said to have been sent": "user_file.only_reported: ",
    "requests that are reported twice": "user_file.reported_twice: GET /ok",
    "users that the file makes itself": "user_file.users_beyond_plan: ",
    "a greenlet that raises": "threshold.broken: greenlet.f: error_rate is 100%",
    "a thread that raises": "threshold.broken: thread.f: error_rate is 100%",
    "a clock that stands still": "user_file.time_unknown: GET /ok",
    "a clock that runs slow": "user_file.clock_changed: time.perf_counter",
    "Locust's client has a clock of its own": "user_file.time_shortened: GET /slow",
    "a time that the file makes shorter": "user_file.time_shortened: GET /slow",
    "its last listener writes better figures": "user_file.evidence_changed: measured.json",
    "a last word that only looks like Locust's": "user_file.not_heard_out: ",
    "on_stop of a TaskSet raises, and nothing is logged": "threshold.broken: U.Basket.on_stop",
    "failures of another protocol": "threshold.broken: grpc Filing/Submit: error_rate is 100%",
    "no pause that Locust could use": NOBODY,
    "the shape raises": "user_file.shape_raised: ",
    "the shape asks for more than the plan allows": "user_file.shape_too_large: ",
    "no request at all": "run.no_request: ",
    "a task ends the process": DIED,
    "a task kills the process": DIED,
    "a task asks the process to end": "run.interrupted: ",
    "a task calls sys.exit(0)": "run.load_process_died: | user_file.stopped_from_within: ",
    "a task never gives way": "generator.stalled: ",
    "the file cannot be imported": UNUSABLE,
    "the file ends the process at its import": "runner.nothing_measured: … ended with code 0",
    "the file calls sys.exit(0) at its import": UNUSABLE,
    "the file is no Python": "refused: … it is not Python: invalid syntax",
    "the file has no user": UNUSABLE,
    "its users are abstract": UNUSABLE,
    "its users have nothing to do": "failed: U.wait_time: … Exception: No tasks defined",
    "the pause raises": NOBODY,
    "on_start never ends": "user_file.never_began: ",
    "one request, and sleep": "user_file.never_done: 4 of 4 users … U.t",
    "it forgets its failures": "threshold.broken: GET /no: error_rate is 100%",
    "a negative time": "user_file.time_unknown: x y … -5",
    "a time without end": "user_file.time_unknown: x y … inf",
    "it asks another host": "guard.connection_refused: … 198.51.100.7",
    "it asks by a child process": SUBPROCESS,
    "it asks by the shell": SUBPROCESS,
    "it forks": SUBPROCESS,
    "every answer is an error, and it says success": "threshold.broken: GET /no: error_rate is 100%",
}

WITHOUT_KEY = "said: … without the key of this run was turned away | run.interrupted: "
BANNED = "generator.worker_banned: "
LOST = "generator.workers_lost: | generator.workers_unheard: | generator.workers_missing: "
BAD_MESSAGES = (*LIES, "keys that nobody knows", "counts that are texts")
OF_PEERS = {
    "claims a pass without a key": WITHOUT_KEY,
    "claims a pass with another key": WITHOUT_KEY,
    "knows the public half of the key": WITHOUT_KEY,
    "a worker asked by a master with another key": "said: … the master has another key",
    **{f"sends {lie}": BANNED for lie in BAD_MESSAGES},
    "sends more ok than it began": BANNED + " | evidence.file_damaged: … unfinished is -1",
    "of another version": "generator.worker_other_version: ",
    "claims one of two operations": "plan.not_sent: shelf.put",
    "claims what is not in the plan": "plan.not_sent: shelf.get",
    "claims more arrivals than there are": "plan.other_arrivals: ",
    "claims half of the arrivals": "plan.other_arrivals: ",
    "claims journeys without requests": "plan.not_sent: | run.no_request: ",
    "joins, and says no more": LOST,
    "is killed while it joins": "run.interrupted: | runner.nothing_measured: | " + LOST,
    "is killed at work": LOST,
    "one of two is killed at work": LOST,
    "is told to end at work": LOST,
    "one of two freezes at work": LOST,
}


def whys(name: str, kind: str) -> tuple[str, ...]:
    """Of a lying row; empty for one that has no entry."""
    group, _, rest = name.partition(": ")
    of = {"yaml": OF_YAML, "file": OF_FILES, "peer": OF_PEERS}.get(group) if rest else None
    if of is not None:
        return tuple(_some(of.get(rest, "")))
    reason = OF_ANSWERS.get(name, OF_KINDS_OF_ANSWERS.get(kind, ""))
    if reason == "unasked":  # where the next request is under way by then, the word is taken for its answer
        return ("run.unasked: | failed: shelf. … malformed: Expected HTTP/",)
    return (f"failed: shelf. … {reason}",) if reason else ()


def _some(why: str) -> Iterable[str]:
    return [why] if why else []
