"""Where a run's time went, from its events and how many seconds it took in all: a line each, name and seconds."""
import datetime
import json
import sys

NAMES = {
    "claim": "ports claimed",
    "prepare": "packages, users, directories",
    "configure": "configuration",
    "start": "services up",
    "cluster": "brokers joined",
    "provision": "virtual hosts, users, permissions",
    "verify": "checking the result",
}

with open(sys.argv[1], encoding="utf-8") as lines:
    events = [json.loads(line) for line in lines]
for event in events:
    event["time"] = datetime.datetime.fromisoformat(event["time"]).timestamp()
begins, ends = {}, {}
for event in events:
    if event["event"] == "stage":
        begins.setdefault(event["stage"], event["time"])
    if event["event"] == "stage-ended":
        ends[event["stage"]] = event["time"]
whole = events[-1]["time"] - min(begins.values())
print("SSH, agent copied, hosts read", round(float(sys.argv[2]) - whole, 1))
for stage, begin in begins.items():
    print(NAMES[stage], round(ends[stage] - begin, 1))
print("proof by real traffic", round(events[-1]["time"] - max(ends.values()), 1))
