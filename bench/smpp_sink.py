"""``python -m bench.smpp_sink PORT``: an SMSC in Rust (smpp34) that takes every message at once."""

import asyncio
import sys

import smpp34


async def serve(port: int) -> None:
    """Answer until the process is ended."""
    server = smpp34.Server(host="127.0.0.1", port=port, system_id="sink", inbound_capacity=10_000)
    await server.start()
    print("ready", flush=True)
    number = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.SubmitSmEvent):
            number += 1
            event.accept(f"{number:x}")


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
