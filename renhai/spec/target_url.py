"""A target by its URL alone, in the scenario itself: on this machine, which needs nobody's permission."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from renhai.binding.loader import Binding, load_binding
from renhai.core.errors import UsageError
from renhai.core.yaml_lines import YamlFile
from renhai.safety.addresses import is_address, is_local_name, is_loopback, wrong_url

SPEAKS = "reference"  # what a system is taken to speak when nothing else is said


def binding_at(url: str, judged: bool) -> tuple[Binding, YamlFile, Path]:
    """The target file `reference` at that URL. Raises UsageError for any other machine.

    judged: journeys go there, which need its operations; a user's own Locust file knows what it sends, and
    its target has no part of that file but the limits of time.
    """
    if wrong := wrong_url(url):
        raise UsageError(f"target is no URL of a target: it {wrong}")
    host = urlsplit(url).hostname or ""
    if not (is_local_name(host) or (is_address(host) and is_loopback(ip_address(host)))):
        raise UsageError(
            f"target is a URL at {host}, which is not this machine (127.0.0.1, ::1, localhost); "
            f"for any other, write a target file that says who allows it, and name that"
        )
    binding, file, path = load_binding(SPEAKS, judged=judged)
    name = SPEAKS if judged else urlsplit(url).netloc
    return binding.model_copy(update={"url": url.rstrip("/"), "name": name}), file, path
