"""What the Python peer answers to: RPC methods and notification endpoints that report what reached them."""

import threading
import time

import oslo_messaging as messaging

import interop_errors


class General:
    """No target: namespace None, version 1.0."""

    def __init__(self, server, emit):
        self._server = server
        self._emit = emit

    def ping(self, ctxt):
        return "pong"

    def echo(self, ctxt, **arguments):
        return arguments

    def server_name(self, ctxt):
        return self._server

    def context(self, ctxt):
        return ctxt

    def describe(self, ctxt, value):
        """What Python understood, in Python's own words."""
        return {"type": type(value).__name__, "repr": repr(value)}

    def values(self, ctxt):
        return {
            "nan": float("nan"),
            "infinity": float("inf"),
            "minus_infinity": float("-inf"),
            "big": 10 ** 30,
            "long": 2 ** 63 - 1,
            "fraction": 0.1,
            "text": "snow \u2603, music \U0001d11e, nul \x00, quote \"",
            "nothing": None,
            "yes": True,
            "nested": [[], {}, [{"a": [1, 2]}]],
        }

    def value(self, ctxt, name):
        return self.values(ctxt)[name]

    def nothing(self, ctxt):
        pass

    def sleep(self, ctxt, seconds):
        time.sleep(seconds)
        return "slept"

    def fail(self, ctxt, message):
        raise ValueError(message, 7)

    def fail_own(self, ctxt, resource):
        raise interop_errors.QuotaExceeded(resource=resource, limit=3)

    @messaging.expected_exceptions(LookupError)
    def fail_expected(self, ctxt, key):
        raise KeyError(key)

    def record(self, ctxt, **arguments):
        """For cast and fanout: nobody waits for an answer, so the receipt is reported on the side."""
        self._emit({"event": "recorded", "server": self._server, "args": arguments, "context": ctxt})

    def _private(self, ctxt):
        return "must never be reached"


class Arithmetic:
    target = messaging.Target(namespace="arithmetic", version="1.3")

    def add(self, ctxt, left, right):
        return left + right


class ArithmeticOfOld:
    target = messaging.Target(namespace="arithmetic", version="0.9")

    def add(self, ctxt, left, right):
        return "old %s" % (left + right)


def rpc_endpoints(server, emit):
    return [General(server, emit), Arithmetic(), ArithmeticOfOld()]


PRIORITIES = ("audit", "debug", "info", "warn", "error", "critical", "sample")


def _filter(rule):
    return messaging.NotificationFilter(**rule) if rule else None


class _Refusals:
    """Says no to the first few deliveries, so that they come again."""

    def __init__(self, count):
        self._left = count
        self._lock = threading.Lock()

    def result(self):
        with self._lock:
            if self._left > 0:
                self._left -= 1
                return messaging.NotificationResult.REQUEUE
            return messaging.NotificationResult.HANDLED


def notification_endpoints(command, emit):
    refusals = _Refusals(command.get("requeue_first", 0))

    def handler(priority):
        def handle(self, ctxt, publisher_id, event_type, payload, metadata):
            result = refusals.result()
            emit({
                "event": "notification", "listener": command["name"], "priority": priority, "context": ctxt,
                "publisher_id": publisher_id, "event_type": event_type, "payload": payload, "metadata": metadata,
                "result": result,
            })
            if command.get("raise"):
                raise RuntimeError("the endpoint failed")
            return result
        return handle

    members = {priority: handler(priority) for priority in command.get("priorities", PRIORITIES)}
    if command.get("filter"):
        members["filter_rule"] = _filter(command["filter"])
    return [type("Recorder", (), members)()]


def batch_endpoints(command, emit):
    refusals = _Refusals(command.get("requeue_first", 0))

    def handler(priority):
        def handle(self, messages):
            result = refusals.result()
            emit({
                "event": "batch", "listener": command["name"], "priority": priority, "messages": messages,
                "result": result,
            })
            return result
        return handle

    return [type("BatchRecorder", (), {priority: handler(priority) for priority in command.get("priorities", PRIORITIES)})()]
