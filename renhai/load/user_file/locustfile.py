"""A user's own Locust file is loaded as Locust would, from the text that the plan carries."""

from __future__ import annotations

import sys
import traceback
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locust import LoadTestShape, User
from locust.argument_parser import LocustArgumentParser
from locust.util.load_locustfile import is_shape_class, is_user_class

from renhai.load.worker.controller import Failure
from results.verdict.reasons.generator import NoUserClass, WrongLocustfile
from results.verdict.reasons.user_file import SeveralShapes, WrongArguments

MODULE = "renhai_user_locustfile"


@dataclass(frozen=True)
class Locustfile:
    """users: its user classes by name, those that it imports included. shape: its LoadTestShape, if any."""

    users: dict[str, type[User]]
    shape: type[LoadTestShape] | None


def load(name: str, source: str) -> Locustfile:
    """Its folder comes first on sys.path, as under Locust itself. Raises Failure for what does not load."""
    folder = str(Path(name).parent)
    if Path(name).exists() and folder not in sys.path:
        sys.path.insert(0, folder)
    module = types.ModuleType(MODULE)
    module.__file__ = name
    sys.modules[MODULE] = module
    try:
        exec(compile(source, name, "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame.lineno for frame in frames if frame.filename == name]
        told = f"{type(error).__name__}: {error}"
        raise Failure(WrongLocustfile(line=inside[-1] if inside else None, error=told)) from None
    found = vars(module)
    users = {key: kind for key, kind in found.items() if is_user_class(kind)}
    if not users:
        raise Failure(NoUserClass())
    shapes = {kind for kind in found.values() if is_shape_class(kind)}
    if len(shapes) > 1:
        raise Failure(SeveralShapes(shapes=tuple(sorted(kind.__name__ for kind in shapes))))
    return Locustfile(users, next(iter(shapes), None))


def refuse_wrong_arguments() -> None:
    """What Locust's command line does not understand is a mistake in the file's arguments."""

    def error(self: Any, message: str) -> None:
        raise Failure(WrongArguments(error=" ".join(message.split())))

    LocustArgumentParser.error = error
