"""A FastAPI service behind TLS that asks for a certificate: `who.py PORT CA CERTIFICATE KEY`."""

import ssl
import sys

import uvicorn
from fastapi import FastAPI

if __name__ == "__main__":
    port, ca, certificate, key = sys.argv[1:]
    uvicorn.run(
        FastAPI(title="who"), port=int(port), log_level="warning",
        ssl_ca_certs=ca, ssl_certfile=certificate, ssl_keyfile=key, ssl_cert_reqs=ssl.CERT_REQUIRED,
    )  # fmt: skip
