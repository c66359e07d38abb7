"""An S3 that answers GET only, each a given time late: photos of a folder whose sub-folders stand for buckets.

Started by `benchmarks.extract`; prints its port.
"""

import asyncio
import sys
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, folder: Path, delay: float) -> None:
    """Serve one connection until the client closes it."""
    while head := await _head(reader):
        path = folder / unquote(head.split(b" ")[1].decode()).lstrip("/")
        await asyncio.sleep(delay)
        body = path.read_bytes()
        fields = {
            "Content-Length": str(len(body)),
            "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True),
            "ETag": f'"{len(body)}"',
            "Content-Type": "image/jpeg",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body)
        await writer.drain()
    writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def serve(folder: Path, delay: float) -> None:
    """Serve until killed."""
    server = await asyncio.start_server(lambda r, w: answer(r, w, folder, delay), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]) / 1000))
