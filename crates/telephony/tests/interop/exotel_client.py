"""Drives the fake Exotel with PyPI's `exotel` 0.1.5, a client that others wrote.

Usage: exotel_client.py BASE_URL [ACCOUNT_SID] [API_TOKEN]
(the client knows one name for account and key, so the fake must run with API_KEY = ACCOUNT_SID)
Prints "N passed, F failed" and exits non-zero on any mismatch.
"""

import re
import sys

from exotel import Exotel

CUSTOMER, PHONE, OTHER = "+4915112345678", "+4930901820", "+4915187654321"
results = {"passed": 0, "failed": 0}


def check(name, actual, expected):
    good = actual == expected
    results["passed" if good else "failed"] += 1
    if not good:
        print(f"FAILED {name}: got {actual!r}, expected {expected!r}")


def check_call(name, call, to, reference):
    check(f"{name}: Sid", bool(re.fullmatch(r"[0-9a-f]{32}", call["Sid"])), True)
    check(f"{name}: From", call["From"], CUSTOMER)
    check(f"{name}: To", call["To"], to)
    check(f"{name}: PhoneNumberSid", call["PhoneNumberSid"], PHONE)
    check(f"{name}: Status", call["Status"], "in-progress")
    check(f"{name}: Direction", call["Direction"], "outbound-api")
    check(f"{name}: CustomField", call["CustomField"], reference)
    check(f"{name}: DateCreated", bool(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", call["DateCreated"])), True)


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    base_url = sys.argv[1].rstrip("/") + "/"
    sid = sys.argv[2] if len(sys.argv) > 2 else "ringback"
    token = sys.argv[3] if len(sys.argv) > 3 else "token"
    client = Exotel(sid, token, baseurl=base_url)

    flow = client.call_flow(CUSTOMER, PHONE, 4711, status_callback="http://127.0.0.1:9/", custom_data="flow-call")
    check("call_flow: HTTP", flow.status_code, 200)
    flow_call = flow.json()["Call"]
    check_call("call_flow", flow_call, PHONE, "flow-call")

    number = client.call_number(CUSTOMER, PHONE, OTHER, custom_data="number-call")
    check("call_number: HTTP", number.status_code, 200)
    number_call = number.json()["Call"]
    check_call("call_number", number_call, OTHER, "number-call")
    check("two calls, two ids", flow_call["Sid"] != number_call["Sid"], True)

    for name, made in (("call_flow", flow_call), ("call_number", number_call)):
        details = client.call_details(made["Sid"])
        check(f"details of {name}: HTTP", details.status_code, 200)
        check(f"details of {name}: the same call", details.json()["Call"], made)

    missing = client.call_details("0" * 32)
    check("an unknown call: HTTP", missing.status_code, 404)
    check("an unknown call: error", missing.json()["RestException"]["Status"], 404)
    stranger = Exotel(sid, token + "x", baseurl=base_url).call_flow(CUSTOMER, PHONE, 4711)
    check("a wrong token: HTTP", stranger.status_code, 401)
    nobody = client.call_flow("", PHONE, 4711)
    check("no customer: HTTP", nobody.status_code, 400)

    print(f"{results['passed']} passed, {results['failed']} failed")
    return 1 if results["failed"] or not results["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
