"""oslo.messaging under load: what the broker benches compare with.

    load.py serve URL-FILE                  an RPC server, until standard input ends
    load.py load URL-FILE TEXT-FILE         runs on order: one JSON line in, one JSON line out
"""

import json
import logging
import os
import sys
import threading
import time

from oslo_config import cfg
import oslo_messaging as messaging

CONF = cfg.CONF
CONF([], project="twinbus-load")
TOPIC = "python-topic"

# At 128 threads it warns at every call that its connection pool is used up; printing that would slow it down.
logging.getLogger("oslo.messaging").setLevel(logging.ERROR)


class Endpoint:
    def echo(self, ctxt, data):
        return data


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def serve(url):
    server = messaging.get_rpc_server(
        messaging.get_rpc_transport(CONF, url=url), messaging.Target(topic=TOPIC, server="load"), [Endpoint()], executor="threading")
    server.start()
    say({"ready": True})
    sys.stdin.read()
    os._exit(0)


def run(operation, workers, seconds):
    """A closed loop: so many threads, each of which begins the next operation when its last one is done."""
    times = [[] for _ in range(workers)]
    begin = time.perf_counter()
    end = begin + seconds

    def loop(mine):
        now = time.perf_counter()
        while now < end:
            operation()
            done = time.perf_counter()
            mine.append((done - now) * 1000)
            now = done

    threads = [threading.Thread(target=loop, args=(mine,)) for mine in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begin
    ordered = sorted(value for mine in times for value in mine)

    def at(quantile):
        return ordered[min(len(ordered) - 1, int(len(ordered) * quantile))]

    return {"per_second": len(ordered) / elapsed, "p50": at(0.50), "p99": at(0.99)}


def load(url, text):
    client = messaging.get_rpc_client(messaging.get_rpc_transport(CONF, url=url), messaging.Target(topic=TOPIC), timeout=60)
    notifier = messaging.Notifier(
        messaging.get_notification_transport(CONF, url=url), publisher_id="load", driver="messagingv2", topics=["python-notifications"])
    operations = {
        "rpc": lambda: client.call({}, "echo", data=text),
        "notify": lambda: notifier.info({}, "load.sent", {"data": text}),
    }
    say({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        say(run(operations[order["kind"]], order["workers"], order["seconds"]))
    os._exit(0)


if __name__ == "__main__":
    with open(sys.argv[2]) as url_file:
        bus = url_file.read()
    if sys.argv[1] == "serve":
        serve(bus)
    with open(sys.argv[3]) as text_file:
        load(bus, text_file.read())
