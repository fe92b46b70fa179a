"""A company in which something of every kind is there, so that generated requests find what they name.

Made by the commands of `ringback` and by its API. Arguments: the binary, the address at which its server listens, and a folder
for what it writes: the configuration of Schemathesis (the one beside this file, with the ids of what was made), and those ids.
Prints a token for everything. The database is that of the environment.
"""

import json
import subprocess
import sys
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

BINARY, SERVER, FOLDER = sys.argv[1:]
# So many that what is deleted on the way is not missed.
MANY = 12
# Under which path things of a kind are.
NOUNS = {
    "agent": "agents", "appointment": "appointments", "attempt": "callbacks/missed", "branch": "branches", "call": "calls",
    "callback": "callbacks", "campaign": "campaigns", "customer": "customers", "intake_key": "intake-keys", "phone": "phones",
    "service": "services", "staff": "staff",
}

def ringback(*arguments, stdin=None):
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"ringback {' '.join(arguments[:2])}: {done.stderr}")
    return done.stdout.strip()


def ask(method, path, body=None, token=None):
    request = urllib.request.Request(f"{SERVER}{path}", body and json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def in_days(days, hours=0):
    return (datetime.now(timezone.utc) + timedelta(days=days, hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_things(token):
    ids = {}

    def several(kind, bodies):
        path = f"/api/v1/{NOUNS[kind]}"
        ids[kind] = [ask("POST", path, body, token)["data"]["id"] for body in bodies]

    def each(make):
        return [make(n) for n in range(MANY)]

    several("branch", each(lambda n: {"name": f"Branch {n}", "opening_hours": {"mon": [["09:00", "18:00"]]}}))
    branch = ids["branch"][0]
    several("service", each(lambda n: {"name": f"Service {n}", "duration_minutes": 30}))
    several("staff", each(lambda n: {"name": f"Person {n}", "email": f"person{n}@example.com", "branch_id": branch,
                                     "role": ["manager", "staff", "staff"][n % 3], "skills": ids["service"][:1]}))
    several("customer", each(lambda n: {"name": f"Customer {n}", "phone_numbers": [f"+49151123456{n:02}"], "vip": n == 0}))
    several("agent", each(lambda n: {"name": f"Agent {n}", "prompt": "You are kind.", "languages": ["de", "en"]}))
    several("phone", each(lambda n: {"label": f"Phone {n}", "number": f"030 9018{n:02}", "carrier": "simulator",
                                     "carrier_config": {}, "channels": 1, "agent_id": ids["agent"][0]}))
    several("campaign", each(lambda n: {"name": f"Campaign {n}", "phone_id": ids["phone"][n]}))
    several("intake_key", each(lambda n: {"name": f"Key {n}", "kind": ["retell", "vapi"][n % 2]}))
    several("appointment", each(lambda n: {
        "customer_id": ids["customer"][1], "branch_id": branch, "service_id": ids["service"][0], "staff_id": ids["staff"][1],
        "starts_at": in_days(n + 1), "ends_at": in_days(n + 1, 1)}))
    several("callback", each(lambda n: {"customer_name": f"Caller {n}", "phone_number": f"+493012340{n:02}", "branch_id": branch}))
    make_calls(ids, token)
    return ids


def make_calls(ids, token):
    """The first caller of a phone takes its only channel, those after him are missed."""
    for phone in ids["phone"][:3]:
        address = ask("GET", f"/api/v1/phones/{phone}", token=token)["data"]["ingress_url"]
        path = "/voice/" + address.split("/voice/")[1]
        for n in range(4):
            ask("POST", path, {"call_id": f"{phone}-{n}", "from": f"+49{ids['phone'].index(phone)}0157000{n:02}"})
    for kind in ["attempt", "call"]:
        ids[kind] = [row["id"] for row in ask("GET", f"/api/v1/{NOUNS[kind]}", token=token)["data"]]
        assert ids[kind], f"no {kind} came of the calls"


def configuration(ids):
    parts = [(Path(__file__).parent / "schemathesis.toml").read_text()]
    parts += [f"[dictionaries.{kind}]\nvalues = {json.dumps(values)}" for kind, values in ids.items()]
    for kind, noun in NOUNS.items():
        binding = f'parameters = {{ "path.id" = {{ dictionary = "{kind}", probability = 0.8 }} }}'
        parts.append(f"[[operations]]\ninclude-path-regex = '^/api/v1/{noun}/\\{{id\\}}'\n{binding}")
    return "\n\n".join(parts) + "\n"


def main():
    ringback("company", "create", "Salon", "--slug", "salon", "--credits", "100000")
    ringback("user", "create", "--company", "salon", "--email", "olga@example.com", "--name", "Olga", "--role", "owner",
             "--password-stdin", stdin="correct horse battery\n")
    token = ringback("token", "create", "--company", "salon", "--name", "all", "--scope", "operator",
                     "--rate-limit", "4000000000")
    ids = make_things(token)
    folder = Path(FOLDER)
    (folder / "schemathesis.toml").write_text(configuration(ids))
    (folder / "ids.json").write_text(json.dumps(ids))
    print(token)


main()
