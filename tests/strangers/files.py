"""A FastAPI service that takes and gives big files, piece by piece: `files.py PORT`."""

import hashlib
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, File, Request, UploadFile
from fastapi.responses import StreamingResponse

app = FastAPI(title="files")
PIECE = bytes(range(256)) * 256  # 64 KiB


@app.put("/files")
async def take(request: Request) -> dict[str, Any]:
    """The whole body is the file."""
    digest, size = hashlib.sha256(), 0
    async for piece in request.stream():
        digest.update(piece)
        size += len(piece)
    return {"size": size, "sha256": digest.hexdigest(), "type": request.headers.get("content-type")}


@app.post("/forms")
async def form(scan: Annotated[UploadFile, File()]) -> dict[str, Any]:
    """A part of a form is the file."""
    digest, size = hashlib.sha256(), 0
    while piece := await scan.read(1 << 20):
        digest.update(piece)
        size += len(piece)
    return {"size": size, "sha256": digest.hexdigest(), "name": scan.filename}


@app.get("/files/{pieces}")
def give(pieces: int, change: int = -1, chunked: bool = False) -> StreamingResponse:
    """So many pieces, announced or in chunks; one byte of the piece `change` is another one."""

    def body() -> Iterator[bytes]:
        for number in range(pieces):
            yield b"?" + PIECE[1:] if number == change else PIECE

    heads = {} if chunked else {"Content-Length": str(pieces * len(PIECE))}
    return StreamingResponse(body(), headers=heads, media_type="application/octet-stream")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
