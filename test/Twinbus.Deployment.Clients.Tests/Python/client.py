"""A client of the messaging tier, configured by nothing but the file that Twinbus wrote. Prints one JSON document.

client.py options          the options that this oslo.messaging registers
client.py load CONF        what each bus's driver makes of the file
client.py arrive           what the rabbit driver makes of each transport URL of a JSON list on standard input
client.py talk CONF        a call that is answered and a notification that arrives
"""

from importlib import metadata
import json
import logging
import os
import queue
import sys

import kombu
from oslo_config import cfg
import oslo_messaging
from oslo_messaging import opts
from oslo_messaging._drivers import impl_rabbit
from oslo_messaging.notify import _impl_routing  # noqa: F401 (registers its option)
from oslo_messaging.notify import notifier

TOPIC = 'twinbus-clients'


def value(option):
    """A default as the table of releases writes it; one with a sample is worked out on the host."""
    default = option.default
    if default is None or option.sample_default is not None:
        return None
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, (list, tuple)):
        return ','.join(default)
    return str(default)


def kind(option):
    """A type as the table of releases writes it."""
    name = {'BoolOpt': 'bool', 'FloatOpt': 'float', 'IntOpt': 'int', 'ListOpt': 'list', 'MultiStrOpt': 'multi',
            'StrOpt': 'string', 'PortOpt': 'port'}[type(option).__name__]
    if getattr(option.type, 'choices', None):
        return 'choice(%s)' % '|'.join(option.type.choices)
    if getattr(option.type, 'min', None) is not None:
        highest = option.type.max
        return '%s(%s..%s)' % (name, option.type.min, '' if highest is None else highest)
    return name


def options():
    listed = [(group or 'DEFAULT', list(options)) for group, options in opts.list_opts()]
    # Not in the list, though registered: the pool of the rabbit driver, the routing notifier, metrics.
    conf = cfg.CONF
    conf([], project='twinbus')
    oslo_messaging.get_rpc_transport(conf, 'rabbit://')
    for group in ('oslo_messaging_rabbit', 'oslo_messaging_notifications', 'oslo_messaging_metrics'):
        listed.append((group, [entry['opt'] for entry in conf._groups[group]._opts.values()]))
    return {
        'version': metadata.version('oslo.messaging'),
        'drivers': sorted(entry.name for entry in metadata.entry_points(group='oslo.messaging.drivers')),
        'options': sorted({' '.join([group, option.dest, kind(option), str(value(option))])
                           for group, options in listed for option in options}),
    }


def read(path):
    conf = cfg.CONF
    conf([], project='twinbus', default_config_files=[path])
    return conf


def effective(transport, group, names):
    """Options as the driver reads them: the URL's query before the group."""
    return {name: getattr(getattr(transport._driver.conf, group), name) for name in names}


def load(path):
    conf = read(path)
    buses = {}
    groups = {'rabbit': 'oslo_messaging_rabbit', 'kafka': 'oslo_messaging_kafka'}
    for name, get in (('rpc', oslo_messaging.get_rpc_transport), ('notify', oslo_messaging.get_notification_transport)):
        transport = get(conf)
        url = transport._driver._url
        group = groups[url.transport]
        names = [option.dest for listed, options in opts.list_opts() if listed == group for option in options]
        buses[name] = {
            'transport': url.transport,
            'virtual_host': url.virtual_host,
            'hosts': [[host.hostname, host.port, host.username, host.password] for host in url.hosts],
            'options': effective(transport, group, names),
        }
    conf.register_opts(notifier._notifier_opts, group='oslo_messaging_notifications')
    buses['driver'] = conf.oslo_messaging_notifications.driver
    buses['topics'] = conf.oslo_messaging_notifications.topics
    return buses


def arrive():
    """Host, port, user, password and virtual host that kombu connects with, or null when it makes nothing of the URL."""
    conf = cfg.CONF
    conf([], project='twinbus')
    driver = object.__new__(impl_rabbit.Connection)
    arrived = []
    for text in json.load(sys.stdin):
        url = oslo_messaging.TransportURL.parse(conf, text)
        try:
            there = kombu.Connection(driver._transform_transport_url(url, url.hosts[0]))
            arrived.append([there.hostname, there.port, there.userid, there.password, there.virtual_host])
        except ValueError:
            arrived.append(None)
    return arrived


class Endpoint:
    def __init__(self, arrived):
        self.arrived = arrived

    def add(self, ctxt, a, b):
        return a + b

    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        self.arrived.put({'publisher': publisher_id, 'event': event_type, 'payload': payload})


def talk(path):
    conf = read(path)
    arrived = queue.Queue()
    rpc = oslo_messaging.get_rpc_transport(conf)
    notify = oslo_messaging.get_notification_transport(conf)
    server = oslo_messaging.get_rpc_server(
        rpc, oslo_messaging.Target(topic=TOPIC, server='one'), [Endpoint(arrived)], executor='threading')
    listener = oslo_messaging.get_notification_listener(
        notify, [oslo_messaging.Target(topic='notifications')], [Endpoint(arrived)], executor='threading')
    server.start()
    listener.start()
    client = oslo_messaging.get_rpc_client(rpc, oslo_messaging.Target(topic=TOPIC), timeout=20)
    answer = client.call({}, 'add', a=40, b=2)
    # Driver and topics come from the file.
    oslo_messaging.Notifier(notify, publisher_id='twinbus.test').info({}, 'clients.test', {'n': 1})
    notification = arrived.get(timeout=20)
    return {'answer': answer, 'notification': notification}


if __name__ == '__main__':
    logging.basicConfig(level=logging.WARNING)
    print(json.dumps({'options': options, 'load': load, 'arrive': arrive, 'talk': talk}[sys.argv[1]](*sys.argv[2:])), flush=True)
    # Pollers take seconds to stop in order, and nobody is left who would miss them.
    os._exit(0)
