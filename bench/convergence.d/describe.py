"""Writes what the bench found on the host as variables of the playbook and the manifest: describe.py WORK UNIT MANIFEST."""
import json
import os
import sys

work, unit, manifest = sys.argv[1:]
passwords = json.load(open(f"{work}/passwords.json"))
account = open(f"{work}/account").read().strip().split(":")
admin = {"name": "twinbus", "password": passwords["messaging.administrator"]}
directories, files = [], []
for kind, mode, owner, group, path in (line.split() for line in open(f"{work}/found")):
    entry = {"path": path, "mode": "0" + mode, "owner": owner, "group": group}
    if kind == "d":
        directories.append(entry)
    elif kind == "f":
        files.append(entry | {"name": path.replace("/", "_")})
api = "http://127.0.0.1:15672/api"
users = [{"name": u["name"], "tags": ",".join(u["tags"])} for u in json.load(open(f"{work}/users.json"))]
permissions = [{"name": p["user"], **{right: p[right] for right in ("configure", "write", "read")}} for p in json.load(open(f"{work}/permissions.json"))]


def private(path, text):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


private(f"{work}/vars.json", json.dumps({
    "unit": unit, "home": account[5], "shell": account[6], "directories": directories, "api": api, "admin": admin, "users": users, "permissions": permissions,
    "files": [f | {"source": f"{work}/same/{f['name']}"} for f in files],
}))

os.mkdir(f"{work}/api", 0o700)
checks = []
for name in [f"users/{u['name']}" for u in users] + ["vhosts/%2F"] + [f"permissions/%2F/{p['name']}" for p in permissions]:
    config = name.replace("/", "_")
    private(f"{work}/api/{config}", f'url = "{api}/{name}"\nuser = "{admin["name"]}:{admin["password"]}"\n')
    checks.append({"name": name, "config": f"/opt/api/{config}"})


def puppet(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(puppet, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{k}' => {puppet(v)}" for k, v in value.items()) + "}"
    return f"'{value}'"


variables = {
    "unit": unit, "home": account[5], "shell": account[6], "directories": directories, "api_checks": checks,
    "files": [f | {"source": f"/opt/same/{f['name']}"} for f in files],
}
private(f"{work}/site.pp", "".join(f"${name} = {puppet(value)}\n" for name, value in variables.items()) + open(manifest).read())
