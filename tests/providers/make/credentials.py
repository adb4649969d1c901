"""python credentials.py NAME SCHEME BODY: make a file of cases for a sender with a plain credential."""

import base64
import json
import sys

name, scheme, body = sys.argv[1:]
shown = {"Bearer": "s3cret", "Basic": base64.b64encode(b"hook:s3cret").decode()}[scheme]
vectors = []
for case, header in (
    ("valid", f"{scheme} {shown}"),
    ("wrong", f"{scheme} bad"),
    ("bare", shown),
    ("none", ""),
):
    headers = [["Content-Type", "application/json"], ["Authorization", header]]
    request = {"method": "POST", "url": f"https://hooks.example.com/{name}", "headers": headers}
    request["body_b64"] = base64.b64encode(body.encode()).decode()
    secret = (
        {"secret": "s3cret"} if scheme == "Bearer" else {"username": "hook", "password": "s3cret"}
    )
    expect = {"verified": case == "valid"}
    vectors.append(
        {
            "provider": name,
            "case": case,
            "now": 1790000000,
            **secret,
            "request": request,
            "expect": expect,
            "origin": "make/credentials.py",
        }
    )
json.dump(vectors, open(f"{name}.json", "w"), indent=1)
