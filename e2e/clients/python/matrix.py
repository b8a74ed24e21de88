"""The cases of the matrix for Python clients, written once over a small adapter for each library.

Command line: BOOTSTRAP PREFIX CASE..., one JSON line for each case.
"""

import json
import sys
import time
import traceback

WAIT = 45
COUNT = 200
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
FILL = "0123456789" * 18

INVALID_TOPIC, TOPIC_EXISTS, INVALID_PARTITIONS, INVALID_REPLICATION = 17, 36, 37, 38
INVALID_CONFIG, INVALID_REQUEST, UNKNOWN_TOPIC, TOO_LARGE, OUT_OF_RANGE = 40, 42, 3, 10, 1
NON_EMPTY_GROUP, GROUP_NOT_FOUND = 68, 69


class Unsupported(Exception):
    """A case that this library cannot do."""


class Record:
    def __init__(self, offset, key, value, headers=(), timestamp=None):
        self.offset, self.key, self.value = offset, key, value
        self.headers, self.timestamp = list(headers), timestamp


def text(data):
    return None if data is None else bytes(data).decode()


def equal(wanted, found, what):
    if wanted != found:
        raise AssertionError(f"{what}: wanted {wanted!r}, found {found!r}")


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def value(i):
    return f"value-{i:05d}-{FILL}".encode()


def sample(count, text="v"):
    return [dict(key=f"key-{i}".encode(), value=f"{text}-{i}".encode()) for i in range(count)]


def codec(lib, name, topic):
    lib.create(topic, 1)
    records = [dict(key=f"key-{i}".encode(), value=value(i), partition=0) for i in range(COUNT)]
    lib.produce(topic, records, codec=name)
    verify(lib.read(topic, 0, 0, COUNT))


def verify(records):
    for i, record in enumerate(records):
        equal(i, record.offset, "offset")
        equal(f"key-{i}", text(record.key), "key")
        equal(value(i), bytes(record.value), "value")


def interop(lib, _topic):
    for i, record in enumerate(lib.read("interop", 0, 0, 100)):
        name = CODECS[i // 20]
        equal(f"interop-{name}-{i % 20}-{FILL}", text(record.value), "value")
        equal([("codec", name)], [(key, text(data)) for key, data in record.headers], "headers")


def headers(lib, topic):
    lib.create(topic, 1)
    sent = [("a", b"1"), ("b", None), ("a", b"2"), ("c", b"")]
    if not lib.null_headers:
        sent.pop(1)
    lib.produce(topic, [dict(key=b"k", value=b"v", partition=0, headers=sent)])
    found = lib.read(topic, 0, 0, 1)[0].headers
    equal(sent, [(key, None if data is None else bytes(data)) for key, data in found], "headers")


def keys(lib, topic):
    lib.create(topic, 4)
    wanted = [(None, b"no key"), (b"", b"empty key"), ("schlüssel-鍵".encode(), b"unicode"), (b"k", None)]
    sent = lib.produce(topic, [dict(key=key, value=data, partition=0) for key, data in wanted])
    equal([(0, i) for i in range(4)], sent, "acknowledged places")
    found = [(record.key, record.value) for record in lib.read(topic, 0, 0, 4)]
    equal(wanted, [(k if k is None else bytes(k), v if v is None else bytes(v)) for k, v in found], "records")
    places = lib.produce(topic, [dict(key=b"same", value=b"1") for _ in range(6)])
    equal(1, len({partition for partition, _ in places}), "partitions of an equal key")


def big_record(lib, topic):
    lib.create(topic, 1)
    data = bytes((i * 7919 >> 5) & 255 for i in range(900_000))
    lib.produce(topic, [dict(key=None, value=data, partition=0)])
    equal(data, bytes(lib.read(topic, 0, 0, 1)[0].value), "the big record")
    equal(TOO_LARGE, lib.error(lambda: lib.produce(topic, [dict(key=None, value=bytes(2_000_000))])), "too large")


def idempotent(lib, topic):
    lib.create(topic, 1)
    records = [dict(key=f"key-{i}".encode(), value=value(i), partition=0) for i in range(500)]
    lib.produce(topic, records, idempotent=True)
    verify(lib.read(topic, 0, 0, 500))
    equal((0, 500), lib.bounds(topic, 0), "beginning and end")


def until(what, done, *members):
    end = time.monotonic() + WAIT
    while not done():
        check(time.monotonic() < end, "never: " + what)
        for member in members:
            member.poll()


def group_restart(lib, topic):
    lib.create(topic, 2)
    lib.produce(topic, sample(100))
    first = lib.member(topic, topic, max_poll=10)
    until("half of the records", lambda: len(first.values) >= 50, first)
    places = first.commit()
    first.close()
    second = lib.member(topic, topic)
    until("the rest", lambda: len(first.values) + len(second.values) >= 100, second)
    equal(100, len(first.values) + len(second.values), "records in both runs")
    equal(100, len(set(first.values + second.values)), "different records")
    for partition, offset in places.items():
        equal(offset, lib.committed(topic, topic, partition), "committed offset")
    second.close()


def share(lib, topic, **options):
    lib.create(topic, 4)
    a = lib.member(topic, topic, **options)
    b = lib.member(topic, topic, **options)
    until("two partitions each", lambda: len(a.assigned()) == 2 and len(b.assigned()) == 2, a, b)
    lib.produce(topic, sample(60))
    until("all records", lambda: len(a.values) + len(b.values) >= 60, a, b)
    equal(60, len(a.values) + len(b.values), "records at both")
    equal(60, len(set(a.values + b.values)), "different records")
    check(a.values and b.values, "one member got all records")
    a.commit()
    b.commit()
    a.close()
    until("all partitions after the other left", lambda: len(b.assigned()) == 4, b)
    before = len(b.values)
    lib.produce(topic, sample(20, "w"))
    until("the records after that", lambda: len(b.values) >= before + 20, b)
    equal(before + 20, len(b.values), "records after that")
    b.close()


def kip848(lib, topic):
    share(lib, topic, protocol="consumer")


def static_members(lib, topic):
    lib.create(topic, 4)
    a = lib.member(topic, topic, instance="a")
    b = lib.member(topic, topic, instance="b")
    until("two partitions each", lambda: len(a.assigned()) == 2 and len(b.assigned()) == 2, a, b)
    had, rebalances = b.assigned(), a.rebalances
    b.close()
    again = lib.member(topic, topic, instance="b")
    until("the partitions of the one who came back", lambda: len(again.assigned()) == 2, a, again)
    equal(had, again.assigned(), "partitions of the one who came back")
    equal(rebalances, a.rebalances, "rebalances that the other saw")
    a.close()
    again.close()


def cooperative(lib, topic):
    lib.create(topic, 4)
    a = lib.member(topic, topic, cooperative=True)
    until("all partitions", lambda: len(a.assigned()) == 4, a)
    b = lib.member(topic, topic, cooperative=True)
    until("two partitions each", lambda: len(a.assigned()) == 2 and len(b.assigned()) == 2, a, b)
    equal(2, len(a.revoked), "partitions taken from the first member")
    equal(b.assigned(), set(a.revoked), "what one lost and the other got")
    a.close()
    b.close()


def offsets_by_time(lib, topic):
    lib.create(topic, 1)
    base = 1_700_000_000_000
    lib.produce(topic, [dict(key=None, value=b"v", partition=0, timestamp=base + i * 1000) for i in range(10)])
    equal(5, lib.offset_for_time(topic, 0, base + 4500), "offset for a time")
    equal(None, lib.offset_for_time(topic, 0, base + 100_000), "offset for a time beyond the end")
    equal((0, 10), lib.bounds(topic, 0), "beginning and end")
    equal(base + 3000, lib.read(topic, 0, 0, 10)[3].timestamp, "timestamp")


def delete_records(lib, topic):
    lib.create(topic, 1)
    lib.produce(topic, [dict(key=None, value=f"v-{i}".encode(), partition=0) for i in range(10)])
    equal(5, lib.delete_before(topic, 0, 5), "low watermark")
    equal((5, 10), lib.bounds(topic, 0), "beginning and end")
    equal("v-5", text(lib.read(topic, 0, 5, 5)[0].value), "first record left")
    equal(OUT_OF_RANGE, lib.error(lambda: lib.delete_before(topic, 0, 11)), "deleting beyond the end")


def admin_topics(lib, topic):
    lib.create(topic, 3, {"retention.ms": "3600000"})
    end = time.monotonic() + WAIT
    while topic not in lib.topics():
        # A broker may hear of a change a moment after it was acknowledged.
        check(time.monotonic() < end, "the new topic is not listed")
        time.sleep(0.1)
    equal(3, lib.partitions(topic), "partitions")
    equal(TOPIC_EXISTS, lib.error(lambda: lib.create(topic, 1)), "a topic that exists")
    equal(INVALID_TOPIC, lib.error(lambda: lib.create("a b", 1)), "an illegal name")
    equal(INVALID_REPLICATION, lib.error(lambda: lib.create("many", 1, replicas=9)), "nine replicas")
    equal(INVALID_CONFIG, lib.error(lambda: lib.create("wrong", 1, {"no.such.config": "1"})), "an unknown config")
    lib.grow(topic, 5)
    while lib.partitions(topic) != 5:
        check(time.monotonic() < end, "the topic did not grow")
        time.sleep(0.1)
    equal(INVALID_PARTITIONS, lib.error(lambda: lib.grow(topic, 2)), "shrinking")
    lib.delete(topic)
    while topic in lib.topics():
        check(time.monotonic() < end, "the deleted topic is still listed")
        time.sleep(0.1)
    equal(UNKNOWN_TOPIC, lib.error(lambda: lib.delete(topic)), "deleting it again")


def admin_configs(lib, topic):
    lib.create(topic, 1, {"cleanup.policy": "compact"})
    end = time.monotonic() + WAIT
    while lib.error(lambda: lib.config(topic)) == UNKNOWN_TOPIC or "retention.ms" not in lib.config(topic):
        # The same.
        check(time.monotonic() < end, "the new topic has no configs")
        time.sleep(0.1)
    equal("604800000", lib.config(topic)["retention.ms"], "default retention.ms")
    equal("compact", lib.config(topic)["cleanup.policy"], "cleanup.policy")
    lib.alter(topic, "retention.ms", "7200000")
    while lib.config(topic)["retention.ms"] != "7200000":
        check(time.monotonic() < end, "retention.ms did not change")
        time.sleep(0.1)
    refused = lib.error(lambda: lib.alter(topic, "retention.ms", "soon"))
    check(refused in (INVALID_CONFIG, INVALID_REQUEST), f"a value that is no number: {refused}")


def admin_groups(lib, topic):
    lib.create(topic, 1)
    lib.produce(topic, sample(5))
    member = lib.member(topic, topic)
    until("five records", lambda: len(member.values) == 5, member)
    member.commit()
    check(topic in lib.groups(), "the group is not listed")
    equal(("Stable", 1), lib.group(topic), "state and members")
    equal(5, lib.committed(topic, topic, 0), "committed offset")
    if not lib.deletes_groups:
        member.close()
        return
    equal(NON_EMPTY_GROUP, lib.error(lambda: lib.delete_group(topic)), "deleting a group with members")
    member.close()
    end = time.monotonic() + WAIT
    while lib.group(topic) != ("Empty", 0):
        check(time.monotonic() < end, "the group did not become empty")
        time.sleep(0.1)
    lib.delete_group(topic)
    check(topic not in lib.groups(), "the deleted group is still listed")
    equal(GROUP_NOT_FOUND, lib.error(lambda: lib.delete_group(topic)), "deleting it again")


def transactional(lib, topic):
    start = time.monotonic()
    problem = lib.transactional(topic)
    took = time.monotonic() - start
    print(f"after {took:.1f} s: {problem}")
    check(problem is not None, "the transactional producer started")
    check(took < 10, f"the error took {took:.0f} s: {problem}")


CASES = {
    **{f"codec-{name}": (lambda lib, topic, name=name: codec(lib, name, topic)) for name in CODECS},
    "interop": interop, "headers": headers, "keys": keys, "big-record": big_record, "idempotent": idempotent,
    "group-restart": group_restart, "group-two": share, "static-members": static_members,
    "cooperative": cooperative, "offsets-by-time": offsets_by_time, "delete-records": delete_records,
    "admin-topics": admin_topics, "admin-configs": admin_configs, "admin-groups": admin_groups,
    "kip848": kip848, "transactional-id-fatal": transactional,
}


def main(library):
    bootstrap, prefix, *names = sys.argv[1:]
    for name in names:
        result, reason = "ok", ""
        lib = library(bootstrap)
        try:
            if name in lib.cannot:
                raise Unsupported(lib.cannot[name])
            CASES[name](lib, f"{prefix}-{name}")
        except Unsupported as left:
            result, reason = "skipped", str(left)
        except BaseException as error:  # a library may raise anything: it is this case's failure
            traceback.print_exc()
            result, reason = "failed", f"{type(error).__name__}: {error}"
        finally:
            lib.close()
        sys.stderr.flush()
        print(json.dumps({"case": name, "result": result, "reason": reason[:500]}), flush=True)
