"""The other end of the conversation: the real oslo.messaging, told what to do by JSON lines.

A command is one line on standard input: {"id": 1, "do": "call", "url": ..., ...}. Its answer is one line on standard
output: {"id": 1, "result": ...} or {"id": 1, "error": {...}}. What servers and listeners receive comes out, unasked,
as {"event": ...}. The end of standard input ends the process.
"""

import json
import math
import os
import sys
import threading
import traceback

from oslo_config import cfg
import oslo_messaging as messaging
import yaml

import endpoints

# Not a ConfigOpts of our own: the options of the metrics client are registered on this one only.
CONF = cfg.CONF
CONF([], project="twinbus-interop")

_output = threading.Lock()


def safe(value):
    """JSON has no NaN and no infinity: they travel to the test as their Python text."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [safe(item) for item in value]
    return value


def emit(message):
    with _output:
        sys.stdout.write(json.dumps(safe(message), allow_nan=False, default=repr) + "\n")
        sys.stdout.flush()


def describe(error):
    return {
        "class": type(error).__name__,
        "module": type(error).__module__,
        "message": str(error),
        "args": [repr(argument) for argument in error.args],
        "kwargs": {key: repr(value) for key, value in getattr(error, "kwargs", {}).items()},
        "exc_type": getattr(error, "exc_type", None),
        "value": getattr(error, "value", None),
        "trace": traceback.format_exc(),
    }


def target(command):
    fields = ("exchange", "topic", "namespace", "version", "server", "fanout")
    return messaging.Target(**{field: command[field] for field in fields if command.get(field) is not None})


class Peer:
    def __init__(self):
        self.transports = {}
        self.running = {}
        self.lock = threading.Lock()

    def transport(self, kind, url):
        factory = {"rpc": messaging.get_rpc_transport, "notify": messaging.get_notification_transport}[kind]
        with self.lock:
            if (kind, url) not in self.transports:
                self.transports[kind, url] = factory(CONF, url=url)
            return self.transports[kind, url]

    # RPC

    def do_serve(self, command):
        server = messaging.get_rpc_server(
            self.transport("rpc", command["url"]),
            target(command),
            endpoints.rpc_endpoints(command["server"], emit),
            executor="threading",
        )
        server.start()
        self.running[command["name"]] = server

    def client(self, command):
        return messaging.get_rpc_client(
            self.transport("rpc", command["url"]),
            target({key: value for key, value in command.items() if key in ("exchange", "topic")}),
            timeout=command.get("timeout"),
            version_cap=command.get("version_cap"),
            call_monitor_timeout=command.get("call_monitor_timeout"),
            retry=command.get("retry"),
        ).prepare(**{
            key: command[key]
            for key in ("namespace", "version", "server", "fanout")
            if command.get(key) is not None
        })

    def do_call(self, command):
        return self.client(command).call(command.get("context", {}), command["method"], **command.get("args", {}))

    def do_call_value(self, command):
        """A call whose argument is Python source: for values that JSON cannot say."""
        value = eval(command["source"], {})  # written by the test, in this repository
        return self.client(command).call({}, command["method"], value=value)

    def do_cast(self, command):
        self.client(command).cast(command.get("context", {}), command["method"], **command.get("args", {}))

    # Notifications

    def do_notify(self, command):
        notifier = messaging.Notifier(
            self.transport("notify", command["url"]),
            publisher_id=command["publisher_id"],
            driver=command["driver"],
            topics=command["topics"],
            retry=command.get("retry"),
        )
        send = getattr(notifier, command["priority"])
        for _ in range(command.get("count", 1)):
            send(command.get("context", {}), command["event_type"], command["payload"])

    def do_route(self, command):
        """Which drivers the routing driver would give each event of each priority to; no driver is loaded."""
        from oslo_messaging.notify import _impl_routing
        with open(command["file"]) as routes:
            groups = yaml.safe_load(routes)
        routing = _impl_routing.RoutingDriver(CONF, topics=[], transport=None)
        lines = []
        for event in command["events"]:
            for priority in command["priorities"]:
                drivers = set()
                for group in groups.values():
                    drivers.update(routing._get_drivers_for_message(group, event, priority.lower()))
                lines.append("%s %s: %s" % (event, priority, " ".join(sorted(drivers))))
        return lines

    def do_listen(self, command):
        transport = self.transport("notify", command["url"])
        targets = [
            messaging.Target(topic=topic, exchange=exchange)
            for topic in command["topics"]
            for exchange in command.get("exchanges", [None])
        ]
        shape = dict(
            executor="threading",
            allow_requeue=command.get("allow_requeue", False),
            pool=command.get("pool"),
        )
        if "batch_size" in command:
            listener = messaging.get_batch_notification_listener(
                transport, targets, endpoints.batch_endpoints(command, emit),
                batch_size=command["batch_size"], batch_timeout=command.get("batch_timeout"), **shape)
        else:
            listener = messaging.get_notification_listener(
                transport, targets, endpoints.notification_endpoints(command, emit), **shape)
        listener.start()
        self.running[command["name"]] = listener

    def do_stop(self, command):
        server = self.running.pop(command["name"])
        server.stop()
        server.wait()

    def do_version(self, command):
        import importlib.metadata
        return importlib.metadata.version("oslo.messaging")

    def run(self, command):
        try:
            result = getattr(self, "do_" + command["do"])(command)
            emit({"id": command["id"], "result": result})
        except Exception as error:  # whatever it is, it is the test's to judge
            emit({"id": command["id"], "error": describe(error)})


def main():
    peer = Peer()
    for line in sys.stdin:
        threading.Thread(target=peer.run, args=(json.loads(line),), daemon=True).start()
    # Servers and connections end with the process: an orderly stop could wait for a broker that is gone.
    os._exit(0)


if __name__ == "__main__":
    main()
