"""Asks PyPI's `retell-sdk` 6.2.13 about what our side signed, reads and offers.

Reads {"key", "posts": [{"body", "at", "signature"}], "calls": […], "tools": […]} from stdin; writes its own signatures,
what it thinks of ours, and every field that its types do not know or miss.
"""

import json
import sys

from pydantic import BaseModel
from retell.lib.webhook_auth import symmetric
from retell.types import PhoneCallResponse, WebCallResponse
from retell.types.llm_response import GeneralToolCustomTool


def unknown_fields(value, path):
    if isinstance(value, BaseModel):
        yield from (f"{path}.{name}: no such field" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name, None), f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_fields(item, f"{path}[{index}]")


def complaints(model, given, path):
    try:
        return list(unknown_fields(model.model_validate(given), path))
    except ValueError as error:
        return [f"{path}: {error}"]


def main():
    asked = json.load(sys.stdin)
    key, posts = asked["key"], asked["posts"]
    complained = []
    for index, call in enumerate(asked["calls"]):
        model = PhoneCallResponse if call["call_type"] == "phone_call" else WebCallResponse
        complained += complaints(model, call, f"call {index}")
    for tool in asked["tools"]:
        complained += complaints(GeneralToolCustomTool, tool, tool["name"])
    answer = {
        "signatures": [symmetric["sign"](post["body"], key, post["at"]) for post in posts],
        "verified": [symmetric["verify"](post["body"], key, post["signature"], {"timestamp": post["at"]}) for post in posts],
        "complaints": complained,
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
