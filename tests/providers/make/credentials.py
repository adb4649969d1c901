"""python credentials.py NAME SCHEME BODY: make a file of cases for a sender with a plain credential."""

import base64
import json
import sys

name, scheme, *texts = [*sys.argv[1:], "hook:s3cret"]
body, basic = (base64.b64encode(text.encode()).decode() for text in texts)
keys = {"secret": "s3cret"} if scheme == "Bearer" else {"username": "hook", "password": "s3cret"}
shown = keys.get("secret", basic)
cases = {"valid": f"{scheme} {shown}", "wrong": f"{scheme} bad", "bare": shown, "none": ""}
vectors = []
for case, header in cases.items():
    vector = dict(provider=name, case=case, now=1790000000, origin="make/credentials.py", **keys)
    request = {"method": "POST", "url": f"https://hooks.example.com/{name}", "body_b64": body}
    request["headers"] = [["Content-Type", "application/json"], ["Authorization", header]]
    vectors.append({**vector, "request": request, "expect": {"verified": case == "valid"}})
json.dump(vectors, open(f"{name}.json", "w"), indent=1)
