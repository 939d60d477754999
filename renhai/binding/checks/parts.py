"""Mistakes in single parts of a target file: its login, its paths, its captures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from renhai.binding.answers.captures import wrong_css, wrong_regex
from renhai.binding.answers.paths import wrong_path
from renhai.binding.answers.xpath import wrong_xpath
from renhai.binding.authentication import CAPTURED
from renhai.binding.model import Binding, Operation, Success
from renhai.binding.schema.auth import Login
from renhai.binding.schema.captures import Capture
from renhai.core.errors import Problem, choice
from renhai.core.validation import show
from renhai.core.yaml_lines import Where, YamlFile, spell

_NO_RULE: dict[str, Any] = {"where": {}, "contains": [], "absent": [], "echo": {}}
_PAPER: dict[str, Any] = {**_NO_RULE, "format": "binary", "data": ""}


def problem_at(file: YamlFile, where: Where, value: Any, why: str) -> Problem:
    """A value that cannot stand, with its line."""
    return Problem(file.where(where), spell(where), f"is {show(value)}; {why}")


def success_of(operation: Operation, common: Success) -> Success:
    """An operation's rule: the target's own, but for what the operation says itself."""
    own = operation.success
    if own is None:
        return common
    given = {name: getattr(own, name) for name in own.model_fields_set}
    if own.paper:
        return common.model_copy(update={**_PAPER, **given})
    return common.model_copy(update={**_NO_RULE, **given} if own.success == "any" else given)


def is_required(rule: str | Capture) -> bool:
    """Whether an answer without it is an error."""
    return isinstance(rule, str) or rule.required


def of_auth(binding: Binding, file: YamlFile) -> Iterator[Problem]:
    """Operations and paths of the login."""
    auth = binding.auth
    if auth is None or not auth.operations:
        return
    kind, found = auth.kind, auth.with_login or Login()
    for key in ("login", "renew", "logout"):
        said = getattr(found, key)
        for number, name in enumerate(said if isinstance(said, list) else [said] if said else []):
            if name not in binding.operations:
                here: Where = ("auth", kind, key, number) if isinstance(said, list) else ("auth", kind, key)
                why = f"no such operation{choice(name, binding.operations)}"
                yield problem_at(file, here, name, why)
    login = binding.operations.get(auth.login or "")
    if login is None:
        return
    form = success_of(login, binding.success).format
    if auth.bearer is not None:
        yield from _of_token(binding, auth.bearer.token, form, file)
    if auth.digest is not None and 401 not in success_of(login, binding.success).status:
        why = "its challenge comes with 401, which is no success of it; give it success: {status: [401]}"
        yield problem_at(file, ("auth", kind, "login"), auth.login, why)
    if found.expires:
        yield from of_path(found.expires, ("auth", kind, "expires"), form, file)


def _of_token(binding: Binding, token: str, form: str, file: YamlFile) -> Iterator[Problem]:
    here: Where = ("auth", "bearer", "token")
    saved, auth = CAPTURED.fullmatch(token), binding.auth
    if saved is None or auth is None:
        yield from of_path(token, here, form, file)
        return
    logins = [binding.operations[name] for name in auth.logins if name in binding.operations]
    known = {key for operation in logins for key in operation.captures}
    if saved.group(1) not in known:
        why = f"no operation of the login captures {saved.group(1)}{choice(saved.group(1), known)}"
        yield problem_at(file, here, token, why)


def of_audit(binding: Binding, file: YamlFile) -> Iterator[Problem]:
    """Operations that the audit names, and what its equations need."""
    for name, rule in binding.audit.items():
        here: Where = ("audit", name)
        if not rule.reads_only and name not in binding.operations:
            yield problem_at(file, here, name, f"no such operation{choice(name, binding.operations)}")
        for key, asked in (("read", rule.read), ("list", rule.list_)):
            if asked and asked not in binding.operations:
                why = f"no such operation{choice(asked, binding.operations)}"
                yield problem_at(file, (*here, key), asked, why)
        if rule.changes and rule.changes not in binding.audit:
            why = f"has no audit of its own{choice(rule.changes, binding.audit)}"
            yield problem_at(file, (*here, "changes"), rule.changes, why)
    for number, balance in enumerate(binding.balances):
        for source in balance.sources:
            if source not in binding.audit or binding.audit[source].ignored is not None:
                why = f"{source} is not read by audit:{choice(source, binding.audit)}"
                yield problem_at(file, ("balances", number), balance.name, why)
        for maker in balance.made_by or ():
            if maker not in binding.audit:
                why = f"made_by has {maker}, which audit: does not name{choice(maker, binding.audit)}"
                yield problem_at(file, ("balances", number), balance.name, why)
        for source, amount in {**balance.sum_, **balance.equals}.items():
            its = binding.audit.get(source)
            if its and amount in {*its.by, *its.key, *its.compare} - {*its.amounts}:
                why = f"adds up {amount}, a text by audit.{source}; name it under its amounts"
                yield problem_at(file, ("balances", number), balance.name, why)


def of_papers(binding: Binding, file: YamlFile, folder: Path) -> Iterator[Problem]:
    """Operations that print, and the forms of their papers."""
    for name, rule in binding.papers.items():
        here: Where = ("papers", name)
        operation = binding.operations.get(name)
        if operation is None:
            yield problem_at(file, here, name, f"no such operation{choice(name, binding.operations)}")
        elif success_of(operation, binding.success).paper is None:
            why = "does not say that its answer is a paper; give it success: {paper: pdf} or {paper: ofd}"
            yield problem_at(file, here, name, why)
        if not rule.path(folder).is_file():
            why = "there is no such file; paths are relative to the target file"
            yield problem_at(file, (*here, "form"), rule.form, why)


def of_capture(
    rule: str | Capture, where: Where, form: str, namespaces: Mapping[str, str], file: YamlFile
) -> Iterator[Problem]:
    """A capture that no answer can keep."""
    if isinstance(rule, str):
        yield from of_path(rule, where, form, file)
        return
    if rule.path is not None:
        yield from of_path(rule.path, (*where, "path"), form, file)
    wrong = {
        "xpath": wrong_xpath(rule.xpath, namespaces) if rule.xpath else "",
        "css": wrong_css(rule.css) if rule.css else "",
        "regex": wrong_regex(rule.regex) if rule.regex else "",
    }
    for key, why in wrong.items():
        if why:
            yield problem_at(file, (*where, key), getattr(rule, key), why)


def of_path(path: str, where: Where, form: str, file: YamlFile) -> Iterator[Problem]:
    """A path that no answer of the format can have."""
    why = "a text has no paths; use format json or xml" if form == "text" else wrong_path(path, form)
    if why:
        yield problem_at(file, where, path, why)
