"""What Locust's worker does for each spawn message costs next to nothing."""

from __future__ import annotations

from locust import argument_parser

from renhai.load.locust.runner_patch import remember_defaults


def test_locusts_own_options_are_built_once() -> None:
    known = argument_parser.default_args_dict
    try:
        remember_defaults()
        remember_defaults()
        first = argument_parser.default_args_dict()
        assert argument_parser.default_args_dict() is first
        assert argument_parser.default_args_dict.cache_info().misses == 1
        assert first == known() and {"headless", "users" if "users" in first else "num_users"} <= set(first)
    finally:
        argument_parser.default_args_dict = known
