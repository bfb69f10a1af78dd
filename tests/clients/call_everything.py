"""Calls every tool of several endpoints once with the official Python SDK; prints a JSON object: null for each tool that
did what it should, else what went wrong.

usage: SAGEMCP_KEY=... call_everything.py PLAN [--read-only]

PLAN is a JSON file: [{"url": ..., "calls": [{"tool": ..., "arguments": ..., "readOnly": ...}]}]. A result has to fit the
tool's output schema. With --read-only the key is one that may only read: of its tools only the list is looked at, and every
other tool has to be refused.
"""

import asyncio
import json
import os
import sys

import jsonschema
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client


def fault(tool, result) -> str | None:
    """What is wrong with a result that should be good."""
    if result.is_error:
        return f"failed: {result.content[0].text[:300]}"
    if tool.output_schema is None:
        return None
    if result.structured_content is None:
        return "no structured content, and the tool has an output schema"
    try:
        jsonschema.validate(result.structured_content, tool.output_schema)
    except jsonschema.ValidationError as error:
        return f"does not fit its schema: {error.message[:300]}"
    return None


async def call(client, tool, planned, read_only: bool) -> str | None:
    refused_as_it_should = read_only and not planned["readOnly"]
    if refused_as_it_should and tool is not None:
        return "listed for a key that may only read"
    if not refused_as_it_should and tool is None:
        return "not listed"
    if read_only and planned["readOnly"]:
        return None
    try:
        result = await client.call_tool(planned["tool"], planned["arguments"])
    except Exception as error:  # The SDK raises protocol errors, among others.
        return None if refused_as_it_should else f"{type(error).__name__}: {str(error)[:300]}"
    if refused_as_it_should:
        return None if result.is_error else "called with a key that may only read"
    return fault(tool, result)


async def endpoint(plan: dict, read_only: bool) -> dict:
    headers = {"Authorization": f"Bearer {os.environ['SAGEMCP_KEY']}"}
    async with create_mcp_http_client(headers=headers) as http:
        async with Client(streamable_http_client(plan["url"], http_client=http)) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            outcomes = {}
            for planned in plan["calls"]:
                name = planned["tool"]
                outcomes[name] = await call(client, tools.get(name), planned, read_only)
            for unplanned in tools.keys() - outcomes.keys():
                outcomes[unplanned] = "listed, and nobody expected it"
            return outcomes


async def main(path: str, read_only: bool) -> None:
    with open(path, encoding="utf-8") as file:
        plans = json.load(file)
    outcomes = await asyncio.gather(*(endpoint(plan, read_only) for plan in plans))
    print(json.dumps({name: outcome for each in outcomes for name, outcome in each.items()}))


asyncio.run(main(sys.argv[1], "--read-only" in sys.argv[2:]))
