"""A target file: how one target speaks, where it stands, and who allowed it to be loaded.

`load_binding` reads and checks the YAML; `normalise` makes the plain dictionary that the plan carries to
every load process, where `compile_binding` (renhai/binding/codec.py) turns it into functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from renhai.binding.checks.files import body_of, of_files, with_files
from renhai.binding.checks.parts import of_papers, success_of
from renhai.binding.checks.whole import problems, unstated, values_of
from renhai.binding.codec import CompiledBinding, HttpRequest, Reply, compile_binding, secret_names
from renhai.binding.model import EMBEDDED, Binding, Operation, Success, Tls
from renhai.binding.outgoing.bodies import content_type
from renhai.binding.schema.audit import AuditRule
from renhai.binding.schema.auth import TOKEN_OPERATION, Auth
from renhai.binding.schema.captures import Capture
from renhai.binding.schema.connections import way_of
from renhai.binding.schema.tls import wrong_tls
from renhai.core import home
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.validation import validate
from renhai.core.yaml_lines import YamlFile, load_yaml

__all__ = [
    "EMBEDDED", "Binding", "CompiledBinding", "Reply", "HttpRequest", "compile_binding", "load_binding",
    "normalise",
]  # fmt: skip

TLS_FILES = ("ca", "certificate", "key")


def load_binding(
    name: str, beside: Path | None = None, judged: bool = True
) -> tuple[Binding, YamlFile, Path]:
    """A target by its name in scenarios/targets/, or by path; a relative path may start at `beside`.

    judged: its answers are judged by its rules, so each operation must state one; a user's own Locust file
    judges for itself. Raises UsageError.
    """
    path = find_binding(name, beside)
    file = load_yaml(path)
    binding = validate(Binding, file)
    folder = path.resolve().parent
    found = [*problems(binding, file), *_of_tls(binding.tls, file, folder), *of_files(binding, file, folder)]
    found += of_papers(binding, file, folder)
    found += unstated(binding, file) if judged else []
    if found:
        raise UsageError(found)
    return with_oauth2(binding), file, path


def with_oauth2(binding: Binding) -> Binding:
    """The binding with the operation that `auth.oauth2` stands for, and a bearer login by it."""
    if binding.auth is None or binding.auth.oauth2 is None:
        return binding
    asks = Operation.model_validate(binding.auth.oauth2.operation())
    auth = Auth(bearer=binding.auth.oauth2.bearer())
    return binding.model_copy(
        update={"auth": auth, "operations": {**binding.operations, TOKEN_OPERATION: asks}}
    )


def find_binding(name: str, beside: Path | None = None) -> Path:
    """The file behind a target's name or path; raises UsageError that lists the known targets."""
    if name.endswith((".yaml", ".yml")) or "/" in name:
        places = [Path(name), *([beside / name] if beside else [])]
        found = next((place for place in places if place.exists()), None)
        if found is None:
            raise UsageError(
                f"target file {name} does not exist{choice(Path(name).stem, home.target_names())}"
            )
        return found
    for place in home.target_places():
        if (place / f"{name}.yaml").is_file():
            return place / f"{name}.yaml"
    raise UsageError(f"target {name!r} is not known{choice(name, home.target_names())}")


def normalise(binding: Binding, path: Path, model: str = "closed") -> dict[str, Any]:
    """The plain dictionary of the plan; secrets stay `${ENV:NAME}`, paths become absolute.

    model: of the load, closed or open: how clients connect may depend on it.
    """
    folder = path.resolve().parent
    return {
        "name": binding.name,
        "operations": {
            name: _operation(item, binding, folder, binding.audit.get(name))
            for name, item in binding.operations.items()
        },
        "success": _success(binding.success),
        "timeouts": binding.timeouts.model_dump(),
        **({"follow": binding.follow} if binding.follow else {}),
        **({"proxy": binding.proxy} if binding.proxy else {}),
        "connections": way_of(binding.connections, model).plain(),
        **({"sources": binding.sources} if binding.sources else {}),
        "tls": _tls(binding.tls, folder),
        "auth": _auth(binding.auth),
        "tables": binding.tables,
        "undo": binding.undo,
        **_audited(binding),
        **_papers(binding, folder),
        **({"signature": binding.signature.model_dump()} if binding.signature else {}),
        **({"namespaces": binding.namespaces} if binding.namespaces else {}),
    }


def needed_secrets(binding: Binding) -> set[str]:
    """The environment variables that must be set where the load is made."""
    return secret_names(binding.model_dump())


def _operation(
    operation: Operation, binding: Binding, folder: Path, audit: AuditRule | None
) -> dict[str, Any]:
    defaults = binding.defaults
    headers = {**defaults.headers, **operation.headers}
    body = with_files(body_of(operation, binding), folder)
    form, encoding = operation.format or defaults.format, operation.encoding or defaults.encoding
    if body is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = content_type(form, encoding, body)
    return {
        "method": operation.method or defaults.method,
        "path": operation.path,
        "query": {**defaults.query, **operation.query},
        "headers": headers,
        "values": values_of(operation, binding),
        "format": form,
        "encoding": encoding,
        "body": body,
        "success": _success(success_of(operation, binding.success)) if operation.success else None,
        "captures": {name: _capture(rule) for name, rule in operation.captures.items()},
        **_kept(operation, audit),
        **({} if operation.sign else {"sign": False}),
    }


def _audited(binding: Binding) -> dict[str, Any]:
    rules = {name: rule.model_dump(by_alias=True) for name, rule in binding.audit.items()}
    balances = [one.model_dump(by_alias=True) for one in binding.balances]
    return {key: found for key, found in (("audit", rules), ("balances", balances)) if found}


def _papers(binding: Binding, folder: Path) -> dict[str, Any]:
    """By operation what its papers must say; the form's path becomes absolute, and its media is told."""
    found = {}
    for name, rule in binding.papers.items():
        paper = success_of(binding.operations[name], binding.success).paper
        form = str(rule.path(folder).resolve())
        found[name] = {**rule.model_dump(), "form": form, "media": paper, "kept": rule.kept}
    return {"papers": found} if found else {}


def _kept(operation: Operation, audit: AuditRule | None) -> dict[str, Any]:
    """What an intent of a write keeps, and which of it are amounts."""
    if audit is None:
        return {"receipt": operation.receipt}
    names = list(dict.fromkeys([*operation.receipt, *audit.kept]))
    fen = [name for name in audit.amounts if name in names]
    return {"receipt": names, **({"fen": fen} if fen else {})}


def _capture(rule: str | Capture) -> str | dict[str, Any]:
    return rule if isinstance(rule, str) else rule.model_dump(exclude_unset=True)


def _success(success: Success) -> dict[str, Any]:
    plain = success.model_dump(by_alias=True, exclude_none=False) | {"data": _data(success)}
    return {
        key: value
        for key, value in plain.items()
        if value is not None or key not in ("length", "sha256", "paper")
    }


def _data(success: Success) -> Any:
    if isinstance(success.data, str):
        return success.data
    # `default` counts only where it was written, null included
    return {
        name: item if isinstance(item, str) else item.model_dump(by_alias=True, exclude_unset=True)
        for name, item in success.data.items()
    }


def _auth(auth: Auth | None) -> dict[str, Any] | None:
    if auth is None:
        return None
    if auth.basic is not None:
        return {"kind": "basic", **auth.basic.model_dump()}
    if auth.cookies is not None:
        return {"kind": "cookies", **auth.cookies.model_dump()}
    if auth.digest is not None:
        return {"kind": "digest", **auth.digest.model_dump()}
    assert auth.bearer is not None
    plain = auth.bearer.model_dump()
    return {"kind": "bearer", **plain, "token_at": plain["token"] if auth.login else ""}


def _tls(tls: Tls, folder: Path) -> dict[str, Any]:
    files = {name: getattr(tls, name) for name in TLS_FILES}
    absolute = {name: str(folder / value) if value else None for name, value in files.items()}
    more = {name: getattr(tls, name) for name in ("server_name", "versions", "ciphers")}
    return {"verify": tls.verify, **absolute, **{name: value for name, value in more.items() if value}}


def _of_tls(tls: Tls, file: YamlFile, folder: Path) -> Iterator[Problem]:
    for name in TLS_FILES:
        value = getattr(tls, name)
        if value and not (folder / value).is_file():
            why = f"is {value}; there is no such file; paths are relative to the target file"
            yield Problem(file.where(("tls", name)), f"tls.{name}", why)
    if wrong := wrong_tls(tls.versions, tls.ciphers):
        yield Problem(file.where(("tls", wrong[0])), f"tls.{wrong[0]}", wrong[1])
    if tls.key and not tls.certificate:
        why = "has a key without a certificate; add the certificate that it belongs to"
        yield Problem(file.where(("tls",)), "tls", why)
