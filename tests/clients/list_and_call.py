"""Lists an endpoint's tools and calls one with the official Python SDK; prints what it saw as JSON.

usage: SAGEMCP_KEY=... list_and_call.py URL auto|legacy|2026-07-28 TOOL ARGUMENTS
"""

import asyncio
import json
import os
import sys

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


async def main(url: str, mode: str, tool: str, arguments: dict) -> None:
    headers = {"Authorization": f"Bearer {os.environ['SAGEMCP_KEY']}"}
    async with create_mcp_http_client(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            tools = []
            page = await client.list_tools()
            tools.extend(page.tools)
            while page.next_cursor:
                page = await client.list_tools(cursor=page.next_cursor)
                tools.extend(page.tools)
            result = await client.call_tool(tool, arguments)
            seen = {
                "protocolVersion": client.protocol_version,
                "server": client.server_info.name if client.server_info else None,
                "tools": [tool.name for tool in tools],
                "result": result.model_dump(mode="json", by_alias=True, exclude_none=True),
            }
            print(json.dumps(seen))


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])))
