"""What no OpenAPI document can say, told to Schemathesis; and a check of our own.

Only requests that are meant to be taken are mended. Those that are meant to be refused go out as they were generated.
"""

import itertools
import json
import os
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import schemathesis

IDS = json.loads(Path(os.environ["RINGBACK_SEEDED"], "ids.json").read_text())
count = itertools.count()


def days_ahead(hours):
    now = datetime.now(timezone.utc)
    return [(now + timedelta(days=day, hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ") for day in range(1, 9)]


NUMBERS = [f"+4915771234{n:03}" for n in range(100)]
STARTS, ENDS = days_ahead(0), days_ahead(2)
# What is written into the fields whose meaning no schema tells.
MEANT = {
    "agent_id": IDS["agent"], "branch_id": IDS["branch"], "branch_ids": IDS["branch"], "call_id": IDS["call"],
    "callback_id": IDS["callback"], "customer_id": IDS["customer"], "escalate_to": IDS["staff"], "ids": IDS["callback"],
    "phone_id": IDS["phone"], "service_id": IDS["service"], "skills": IDS["service"], "staff_id": IDS["staff"],
    "number": NUMBERS, "phone_number": NUMBERS, "phone_numbers": NUMBERS, "time_zone": ["Europe/Berlin", "Asia/Kolkata", "UTC"],
    "starts_at": STARTS, "not_before": STARTS, "ends_at": ENDS, "due_at": ENDS, "until": ENDS,
}
# Lists are asked for by page, by cursor or by offset.
ONE_OF_TWO = [("cursor", {"page"}), ("page", {"limit", "offset"}), ("per_page", {"limit", "offset"}), ("cursor", {"limit", "offset"})]
# The fields that go with each action of POST /callbacks/bulk.
BULK = {
    "assign": ["staff_id"], "auto_assign": ["strategy"], "contact": ["outcome", "notes"], "complete": ["notes"], "cancel": ["reason"],
    "snooze": ["until"], "priority": ["priority"], "delete": [], "restore": [], "batch_call": ["outcome"],
}


def is_meant_to_be_taken(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_meant_to_be_taken(case):
        return
    for name, others in ONE_OF_TWO:
        if case.query and others & case.query.keys():
            case.query.pop(name, None)
    if case.headers and "Idempotency-Key" in case.headers:
        # The same key for another body is refused, and the generators know few keys.
        case.headers["Idempotency-Key"] = f"key-{next(count)}"
    if isinstance(case.body, dict) and next(count) % 5 > 0:
        case.body = mended({field: meant(field, value) for field, value in case.body.items()})
    # Links name what they made; elsewhere every second move is made on something that nobody has moved yet.
    if case.meta.phase.name.value != "stateful" and next(count) % 2:
        noun, _, move = case.operation.path.removeprefix("/api/v1/").partition("/{id}/")
        if case.method == "POST" and (fresh := FRESH.get((noun, move)) or FRESH.get((noun, "") if move else None)):
            case.path_parameters["id"] = fresh()


def meant(field, value):
    """A value of the same shape that means something here."""
    if field not in MEANT:
        return value
    choices = MEANT[field]
    if isinstance(value, list):
        return [choices[n % len(choices)] for n, _ in enumerate(value[: len(choices)])]
    return choices[next(count) % len(choices)] if isinstance(value, str) else value


def mended(body):
    """The same body with fields that go together."""
    if body.get("action") in BULK:
        body = {field: value for field, value in body.items() if field in ["action", "ids", *BULK[body["action"]]]}
    if "carrier" in body and isinstance(body.get("carrier_config"), dict):
        config = body["carrier_config"]
        body["carrier"] = "exotel" if "api_key" in config else "twilio" if "auth_token" in config else "simulator"
    return body


def post(path, body=None):
    request = urllib.request.Request(f"{os.environ['RINGBACK_SERVER']}/api/v1/{path}", body and json.dumps(body).encode(), method="POST")
    request.add_header("Authorization", f"Bearer {os.environ['RINGBACK_TOKEN']}")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())["data"]["id"]


def callback(*moves, requests=1):
    number = f"+4915781{next(count):06}"
    for _ in range(requests):
        made = post("callbacks", {"customer_name": "Somebody", "phone_number": number})
    for move in moves:
        post(f"callbacks/{made}/{move}")
    return made


def campaign(*moves):
    # Only one is active on a phone.
    phone = post("phones", {"label": "Another", "number": "+4930901820", "carrier": "simulator", "carrier_config": {}})
    made = post("campaigns", {"name": "Another", "phone_id": phone})
    for move in moves:
        post(f"campaigns/{made}/{move}")
    return made


FRESH = {
    ("callbacks", ""): callback,
    ("callbacks", "complete"): lambda: callback("contact"),
    ("callbacks", "reopen"): lambda: callback("cancel"),
    ("callbacks", "split"): lambda: callback(requests=2),
    ("campaigns", "start"): campaign,
    ("campaigns", "cancel"): campaign,
    ("campaigns", "pause"): lambda: campaign("start"),
    ("campaigns", "complete"): lambda: campaign("start"),
}
# Needed, known or possible only together with another field, or with what is stored.
DEPENDS = {"ends_at", "phone_id", "staff_id", "until", "outcome", "priority", "notes", "reason", "strategy", "stream_url", "carrier", "time_zone"}


@schemathesis.check
def refused_for_what_no_schema_says(ctx, response, case):
    """A request that fits the schema may name what is not there, or be at odds with itself or with what is stored. It never
    has the wrong type, lacks a field or has one too many, or else the document is wrong."""
    if not is_meant_to_be_taken(case) or response.status_code != 422:
        return
    for error in json.loads(response.content)["errors"]:
        field, code = error["field"], error["code"]
        depends = field in DEPENDS or field.startswith("carrier_config")
        if code in ("type", "read_only") or (code in ("required", "unknown", "choice") and not depends):
            raise AssertionError(f"the document allows what is refused: {field} {error['message']} ({code})")
