"""The hosts that a run's report names as failed, and what of it is each one's ailment: a line each, in order of name."""
import json
import sys

AILMENTS = {
    "unreachable": lambda f: "off" if "timed out" in f["why"] else "closed" if "refused" in f["why"] else f["why"],
    "host-key": lambda f: "key",
    "not-permitted": lambda f: "sudo" if "sudo" in f["why"] else "login",
    "disk-full": lambda f: "disk",
}

with open(sys.argv[1], encoding="utf-8") as lines:
    report = json.loads(lines.readlines()[-1])
assert report["event"] == "report", report["event"]
if report["changed"]:
    sys.exit(f"{report['changed']} resources changed")
for failure in sorted(report["failures"], key=lambda f: f["host"]):
    print(failure["host"], AILMENTS.get(failure["reason"], lambda f: f["reason"])(failure))
