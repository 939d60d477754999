"""A FastAPI service with OAuth2 client credentials and signed requests: `api.py PORT`."""

import hashlib
import hmac
import secrets
import sys
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer

app = FastAPI(title="filings")
TOKENS: set[str] = set()
bearer = OAuth2PasswordBearer(tokenUrl="token")


@app.post("/token")
def token(
    grant_type: Annotated[str, Form()],
    client_id: Annotated[str, Form()],
    client_secret: Annotated[str, Form()],
) -> dict[str, Any]:
    if (grant_type, client_id, client_secret) != ("client_credentials", "app", "secret-of-app"):
        raise HTTPException(401, "unknown client")
    TOKENS.add(made := secrets.token_hex(16))
    return {"access_token": made, "token_type": "bearer", "expires_in": 600}


async def client(
    request: Request,
    x_date: Annotated[str, Header()],
    x_signature: Annotated[str, Header()],
    given: Annotated[str, Depends(bearer)],
) -> None:
    if given not in TOKENS:
        raise HTTPException(401, "unknown token")
    signed = b"\n".join(
        [request.method.encode(), request.url.path.encode(), x_date.encode(), await request.body()]
    )
    if hmac.new(b"key-of-app", signed, hashlib.sha256).hexdigest() != x_signature:
        raise HTTPException(403, "wrong signature")


@app.post("/filings", dependencies=[Depends(client)], status_code=201)
def save(filing: dict[str, Any]) -> dict[str, Any]:
    return {"state": "saved", "payer": filing["payer"]}


@app.get("/filings", dependencies=[Depends(client)])
def filings(page: int) -> dict[str, Any]:
    return {"items": [{"id": page}], "next": page + 1 if page < 3 else None}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
