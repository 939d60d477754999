"""How a target file says who asks: passwords, tokens, sessions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from renhai.binding.authentication import CAPTURED, in_order
from renhai.binding.schema.texts import Secret, Status, Text, check_header
from renhai.binding.templates import SECRET
from renhai.core.units import Duration, Wait
from renhai.core.validation import Strict, refuse


class RenewOn(Strict):
    """An answer of this status or business code says that the login no longer holds."""

    status: list[Status] = []
    code: list[str] = []


class Login(Strict):
    """What a bearer token and a cookie session have in common."""

    login: str | Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None,
        description="the operation that signs in, or several in their order; the last one's answer signs in",
        examples=["session.open", "[login.page, login.post]"],
    )
    renew: str | None = Field(
        default=None,
        description="the operation that prolongs a login; without one, operators sign in anew",
        examples=["session.renew"],
    )
    logout: str | None = Field(
        default=None, description="the operation that signs out", examples=["session.logout"]
    )
    expires: str | None = Field(default=None, description="path of the seconds of validity in its answer")
    lifetime: Duration | None = Field(
        default=None, description="how long a login holds, when the answer does not say"
    )
    renew_before: Wait = 5.0
    renew_on: RenewOn = RenewOn()


class Basic(Strict):
    user: Text = Field(examples=["${ENV:TAX_USER}"])
    password: Secret = Field(examples=["${ENV:TAX_PASSWORD}"])


class Bearer(Login):
    """`token`: ${ENV:NAME}; with `login` the path of the token in its answer, or a capture, ${SAVED:name}."""

    token: str = Field(examples=["data.token"])
    header: Annotated[str, AfterValidator(check_header)] = "Authorization"
    prefix: str = "Bearer"

    @model_validator(mode="after")
    def _from_somewhere(self) -> Bearer:
        if self.login is None and not SECRET.search(self.token):
            raise refuse("has neither a login nor a token of the form ${ENV:NAME}; give one of them")
        if self.login is not None and "${" in self.token and not CAPTURED.fullmatch(self.token):
            raise refuse("has a login and a token of its own; with a login, token is its path in the answer")
        return self


class Cookies(Login):
    """Whatever cookies the target sets are sent back, operator by operator."""


class Auth(Strict):
    """Exactly one of basic, bearer and cookies; a client certificate stands under tls."""

    basic: Basic | None = None
    bearer: Bearer | None = None
    cookies: Cookies | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Auth:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise refuse("must be exactly one of basic, bearer and cookies; leave auth out for none")
        return self

    @property
    def logins(self) -> tuple[str, ...]:
        """The operations that sign in, in their order."""
        found = self.bearer or self.cookies
        return in_order(found.login) if found else ()

    @property
    def login(self) -> str | None:
        """The one whose answer signs in."""
        return self.logins[-1] if self.logins else None

    @property
    def operations(self) -> tuple[str, ...]:
        """All that sign in, prolong and sign out."""
        found = self.bearer or self.cookies
        rest = (found.renew, found.logout) if found else ()
        return (*self.logins, *(name for name in rest if name))
