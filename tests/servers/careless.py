"""An MCP server over stdio, of the era with a handshake, that is careless with secrets.

The tool `echo` repeats its argument. `crash` does what many programs do on their way down: it prints its environment to
standard error, once line by line and once as JSON, and ends.
"""

import json
import os
import sys

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("echo", "crash")]


def call(params):
    if params["name"] == "crash":
        for name, value in os.environ.items():
            print(f"{name}={value}", file=sys.stderr)
        print(json.dumps(dict(os.environ)), file=sys.stderr, flush=True)
        os._exit(3)
    return {"content": [{"type": "text", "text": "Echo: " + params["arguments"]["message"]}]}


def answer(message):
    method = message["method"]
    if method == "initialize":
        information = {"name": "careless", "version": "1"}
        return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": information}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return call(message["params"])
    return None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = answer(message)
    outcome = {"error": {"code": -32601, "message": "Method not found"}} if result is None else {"result": result}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **outcome}), flush=True)
