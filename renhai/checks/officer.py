"""Who signs in where the tools themselves ask a target: an officer who sits at no desk of a scenario."""

from __future__ import annotations

from renhai.binding.state.client_state import ClientState

PROFILE = "gt3_2015"
POST = "declaration-desk"


def officer(seed: int = 0) -> ClientState:
    """What `${OPERATOR:...}` stands for then: the first officer of the first taxpayer's tax authority."""
    from generators.taxpayers.population import Population

    return ClientState(0, Population(seed, PROFILE).taxpayer(0).authority, POST)
