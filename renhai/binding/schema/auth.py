"""How a target file says who asks: passwords, tokens, sessions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from renhai.binding.authentication import CAPTURED, in_order
from renhai.binding.schema.texts import Secret, Status, Text, check_header, check_path
from renhai.binding.text.templates import SECRET
from renhai.core.units import Duration, Wait
from renhai.core.validation import Strict, refuse

TOKEN_OPERATION = "oauth2.token"


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


class Digest(Login):
    """RFC 7616. `login` asks for the challenge: its success is `status: [401]`."""

    user: Text = Field(examples=["${ENV:TAX_USER}"])
    password: Secret = Field(examples=["${ENV:TAX_PASSWORD}"])

    @model_validator(mode="after")
    def _asks(self) -> Digest:
        if self.login is None:
            raise refuse("has no login: the operation that is answered 401 with the challenge")
        return self


class OAuth2(Strict):
    """Client credentials (RFC 6749, section 4.4): becomes a bearer login with the operation oauth2.token."""

    token: Annotated[str, AfterValidator(check_path)] = Field(
        examples=["/oauth/token"], description="path of the token endpoint"
    )
    client_id: Text = Field(examples=["${ENV:CLIENT_ID}"])
    client_secret: Secret = Field(examples=["${ENV:CLIENT_SECRET}"])
    scope: str | None = None
    fields: dict[str, Text] = Field(default={}, description="further fields, such as audience")
    lifetime: Duration | None = Field(default=None, description="where the answer has no expires_in")
    renew_before: Wait = 5.0

    def operation(self) -> dict[str, Any]:
        """The request for a token, as a target file would have it."""
        body = {"grant_type": "client_credentials", "client_id": self.client_id}
        body["client_secret"] = self.client_secret
        body |= {"scope": self.scope} if self.scope else {}
        success = {"format": "json", "where": {}, "contains": [], "absent": [], "echo": {}, "status": [200]}
        reads = {"data": {"token": "access_token"}, "reason": ["error_description", "error"], "code": "error"}
        return {
            "path": self.token,
            "method": "POST",
            "query": {},
            "format": "form",
            "encoding": "utf-8",
            "body": {**body, **self.fields},
            "sign": False,
            "success": {**success, **reads, "rejected_status": [400, 401, 403]},
        }

    def bearer(self) -> Bearer:
        """The login with it."""
        return Bearer(
            login=TOKEN_OPERATION,
            token="access_token",
            expires=None if self.lifetime else "expires_in",
            lifetime=f"{self.lifetime}s" if self.lifetime else None,  # type: ignore[arg-type]
            renew_before=f"{self.renew_before}s",  # type: ignore[arg-type]
            renew_on=RenewOn(status=[401]),
        )


class Auth(Strict):
    """Exactly one of basic, bearer, cookies, digest, oauth2; a client certificate stands under tls."""

    basic: Basic | None = None
    bearer: Bearer | None = None
    cookies: Cookies | None = None
    digest: Digest | None = None
    oauth2: OAuth2 | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Auth:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise refuse(
                "must be exactly one of basic, bearer, cookies, digest and oauth2; leave auth out for none"
            )
        return self

    @property
    def kind(self) -> str:
        """basic, bearer, cookies, digest or oauth2."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def with_login(self) -> Login | None:
        """The part that may have a login."""
        return self.bearer or self.cookies or self.digest

    @property
    def logins(self) -> tuple[str, ...]:
        """The operations that sign in, in their order."""
        found = self.with_login
        return in_order(found.login) if found else ()

    @property
    def login(self) -> str | None:
        """The one whose answer signs in."""
        return self.logins[-1] if self.logins else None

    @property
    def operations(self) -> tuple[str, ...]:
        """All that sign in, prolong and sign out."""
        found = self.with_login
        rest = (found.renew, found.logout) if found else ()
        return (*self.logins, *(name for name in rest if name))
