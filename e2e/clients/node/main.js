// The matrix with kafkajs: BOOTSTRAP PREFIX CASE..., one JSON line for each case.
'use strict';

const { setTimeout: sleep } = require('node:timers/promises');
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs');
const SnappyCodec = require('kafkajs-snappy');
const lz4 = require('lz4-napi');
const { ZstdCodec } = require('zstd-codec');
const { equal, check, until, value, FILL } = require('./checks');

CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec;
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: async (buffer) => lz4.decompressFrame(buffer),
});
const zstd = new Promise((done) => ZstdCodec.run((codec) => done(new codec.Streaming())));
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => Buffer.from((await zstd).compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from((await zstd).decompress(buffer)),
});
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

const CANNOT = {
  'static-members': 'kafkajs has no static members',
  cooperative: 'kafkajs has only eager assignors',
  kip848: 'kafkajs has only the classic group protocol',
};

class Lib {
  constructor(bootstrap) {
    this.kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.WARN, retry: { retries: 5, initialRetryTime: 100 } });
    this.open = [];
  }

  async admin() {
    if (!this.client) {
      this.client = this.kafka.admin();
      await this.client.connect();
      this.open.push(() => this.client.disconnect());
    }
    return this.client;
  }

  async close() {
    for (const end of this.open.reverse()) await end();
  }

  async create(topic, numPartitions, { config = {}, replicationFactor = 1 } = {}) {
    const configEntries = Object.entries(config).map(([name, data]) => ({ name, value: data }));
    const admin = await this.admin();
    const topics = [{ topic, numPartitions, replicationFactor, configEntries }];
    // A broker may hear of a topic a moment after its creation was acknowledged: the client's own wait gives up then, and so
    // would its producer.
    const created = await admin.createTopics({ topics, waitForLeaders: false });
    await until(`${topic} has leaders`, async () => {
      try {
        const { topics: [found] } = await admin.fetchTopicMetadata({ topics: [topic] });
        return found.partitions.every((partition) => partition.leader >= 0);
      } catch (error) {
        if (error.type === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
        throw error;
      }
    });
    return created;
  }

  async produce(topic, messages, { codec = 'none', idempotent = false } = {}) {
    const producer = this.kafka.producer({ idempotent, maxInFlightRequests: idempotent ? 1 : null, allowAutoTopicCreation: false });
    await producer.connect();
    try {
      return await producer.send({ topic, acks: -1, compression: CODECS[codec], messages });
    } finally {
      await producer.disconnect();
    }
  }

  async read(topic, partition, from, count) {
    const consumer = this.kafka.consumer({ groupId: `${topic}-reader-${Math.random()}`, maxWaitTimeInMs: 200 });
    const records = [];
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition: at, message }) => {
        if (at === partition && records.length < count) records.push(message);
      },
    });
    try {
      // A consumer that could not join at once restarts by itself, and can be told where to read only after that.
      if (from > 0) {
        await until('the reader joined', async () => {
          try {
            consumer.seek({ topic, partition, offset: String(from) });
            return true;
          } catch (error) {
            return false;
          }
        });
      }
      await until(`${count} records of ${topic}`, () => records.length >= count);
    } finally {
      await consumer.disconnect();
    }
    return records;
  }

  async bounds(topic) {
    const [place] = await (await this.admin()).fetchTopicOffsets(topic);
    return [place.low, place.high];
  }

  async member(topic, groupId) {
    const consumer = this.kafka.consumer({
      groupId, heartbeatInterval: 500, sessionTimeout: 10000, rebalanceTimeout: 10000, maxWaitTimeInMs: 200,
    });
    const member = { values: [], assigned: [], next: {}, joins: 0, consumer };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      member.assigned = payload.memberAssignment[topic] || [];
      member.joins += 1;
      member.next = {};
    });
    consumer.on(consumer.events.REBALANCING, () => { member.assigned = []; });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        member.values.push(String(message.value));
        member.next[partition] = String(BigInt(message.offset) + 1n);
      },
    });
    member.commit = () => consumer.commitOffsets(
      Object.entries(member.next).map(([partition, offset]) => ({ topic, partition: Number(partition), offset })));
    let closed = false;
    member.close = async () => {
      if (!closed) await consumer.disconnect();
      closed = true;
    };
    this.open.push(member.close);
    return member;
  }
}

// The error code of what an action is refused with.
async function refusal(action) {
  try {
    await action();
    return 0;
  } catch (error) {
    console.log('refused:', error.message);
    const first = error.errors ? error.errors[0] : error;
    const group = error.groups ? error.groups[0] : {};
    return first.code ?? group.errorCode ?? first.cause?.code ?? error.message;
  }
}

const sample = (count, text = 'v') => Array.from({ length: count }, (_, i) => ({ key: `key-${i}`, value: `${text}-${i}` }));
const numbered = (count) => Array.from({ length: count }, (_, i) => ({ key: `key-${i}`, value: value(i), partition: 0 }));

function verify(records) {
  records.forEach((record, i) => {
    equal(String(i), record.offset, 'offset');
    equal(`key-${i}`, String(record.key), 'key');
    equal(value(i), String(record.value), 'value');
  });
}

const cases = {
  async interop(lib) {
    const names = Object.keys(CODECS);
    (await lib.read('interop', 0, 0, 100)).forEach((record, i) => {
      const codec = names[Math.floor(i / 20)];
      equal(`interop-${codec}-${i % 20}-${FILL}`, String(record.value), 'value');
      equal(codec, String(record.headers.codec), 'header');
    });
  },

  async headers(lib, topic) {
    await lib.create(topic, 1);
    await lib.produce(topic, [{ key: 'k', value: 'v', headers: { a: ['1', '2'], c: '' } }]);
    const [{ headers }] = await lib.read(topic, 0, 0, 1);
    equal('1,2', headers.a.map(String).join(), 'a header twice');
    equal('', String(headers.c), 'an empty header');
  },

  async keys(lib, topic) {
    await lib.create(topic, 4);
    const sent = [[null, 'no key'], ['', 'empty key'], ['schlüssel-鍵', 'unicode'], ['k', null]];
    for (const [i, [key, data]] of sent.entries()) {
      const [place] = await lib.produce(topic, [{ key, value: data, partition: 0 }]);
      equal(String(i), place.baseOffset, 'acknowledged offset');
    }
    (await lib.read(topic, 0, 0, 4)).forEach((record, i) => {
      equal(sent[i][0], record.key === null ? null : String(record.key), 'key');
      equal(sent[i][1], record.value === null ? null : String(record.value), 'value');
    });
    const places = await lib.produce(topic, Array(6).fill({ key: 'same', value: 'v' }));
    equal(1, places.length, 'partitions of an equal key');
  },

  async 'big-record'(lib, topic) {
    await lib.create(topic, 1);
    const data = Buffer.from(Uint8Array.from({ length: 900_000 }, (_, i) => (i * 7919) >> 5));
    await lib.produce(topic, [{ value: data }]);
    check(data.equals((await lib.read(topic, 0, 0, 1))[0].value), 'the big record changed');
    equal(10, await refusal(() => lib.produce(topic, [{ value: Buffer.alloc(2_000_000) }])), 'too large a record');
  },

  async idempotent(lib, topic) {
    await lib.create(topic, 1);
    const producer = lib.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const all = numbered(500);
    for (let i = 0; i < 500; i += 10) await producer.send({ topic, acks: -1, messages: all.slice(i, i + 10) });
    await producer.disconnect();
    verify(await lib.read(topic, 0, 0, 500));
    equal('0,500', (await lib.bounds(topic)).join(), 'beginning and end');
  },

  async 'group-restart'(lib, topic) {
    await lib.create(topic, 2);
    await lib.produce(topic, sample(50));
    const first = await lib.member(topic, topic);
    await until('the first half', () => first.values.length >= 50);
    await first.commit();
    await first.close();
    const [{ partitions }] = await (await lib.admin()).fetchOffsets({ groupId: topic, topics: [topic] });
    for (const [partition, offset] of Object.entries(first.next)) {
      equal(offset, partitions.find((one) => one.partition === Number(partition)).offset, 'committed offset');
    }
    await lib.produce(topic, sample(50, 'w'));
    const second = await lib.member(topic, topic);
    await until('the second half', () => second.values.length >= 50);
    equal(100, first.values.length + second.values.length, 'records in both runs');
    equal(100, new Set([...first.values, ...second.values]).size, 'different records');
  },

  async 'group-two'(lib, topic) {
    await lib.create(topic, 4);
    const [a, b] = await Promise.all([lib.member(topic, topic), lib.member(topic, topic)]);
    await until('two partitions each', () => a.assigned.length === 2 && b.assigned.length === 2);
    const joins = a.joins + b.joins;
    await lib.produce(topic, sample(60));
    await until('all records', () => a.values.length + b.values.length >= 60);
    equal(60, new Set([...a.values, ...b.values]).size, 'different records');
    // What nobody committed is read again after a rebalance, and this client may join once more than it must.
    if (joins === a.joins + b.joins) equal(60, a.values.length + b.values.length, 'records at both');
    check(a.values.length > 0 && b.values.length > 0, 'one member got all records');
    await a.commit();
    await b.commit();
    await a.close();
    await until('all partitions after the other left', () => b.assigned.length === 4);
    const before = b.values.length;
    await lib.produce(topic, sample(20, 'w'));
    await until('the records after that', () => b.values.length >= before + 20);
    equal(before + 20, b.values.length, 'records after that');
  },

  async 'offsets-by-time'(lib, topic) {
    await lib.create(topic, 1);
    const base = 1_700_000_000_000;
    await lib.produce(topic, Array.from({ length: 10 }, (_, i) => ({ value: 'v', timestamp: String(base + i * 1000) })));
    const admin = await lib.admin();
    const at = async (millis) => (await admin.fetchTopicOffsetsByTimestamp(topic, millis))[0].offset;
    equal('5', await at(base + 4500), 'offset for a time');
    equal('10', await at(base + 100_000), 'offset for a time beyond the end');
    equal('0,10', (await lib.bounds(topic)).join(), 'beginning and end');
    equal(String(base + 3000), (await lib.read(topic, 0, 0, 10))[3].timestamp, 'timestamp');
  },

  async 'delete-records'(lib, topic) {
    await lib.create(topic, 1);
    await lib.produce(topic, sample(10));
    const admin = await lib.admin();
    // The admin client's own view of the cluster may be older than the topic.
    await until('records are deleted', async () => 0 === await refusal(
      () => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '5' }] })));
    equal('5,10', (await lib.bounds(topic)).join(), 'beginning and end');
    equal('v-5', String((await lib.read(topic, 0, 5, 5))[0].value), 'first record left');
  },

  async 'admin-topics'(lib, topic) {
    const admin = await lib.admin();
    equal(true, await lib.create(topic, 3, { config: { 'retention.ms': '3600000' } }), 'created');
    check((await admin.listTopics()).includes(topic), 'the new topic is not listed');
    const partitions = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length;
    equal(3, await partitions(), 'partitions');
    equal(false, await lib.create(topic, 1), 'creating a topic that exists');
    equal(17, await refusal(() => lib.create('a b', 1)), 'an illegal name');
    equal(38, await refusal(() => lib.create('many', 1, { replicationFactor: 9 })), 'nine replicas');
    equal(40, await refusal(() => lib.create('wrong', 1, { config: { 'no.such.config': '1' } })), 'an unknown config');
    await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
    await until('five partitions', async () => (await partitions()) === 5);
    await admin.deleteTopics({ topics: [topic] });
    await until('the deleted topic is gone', async () => !(await admin.listTopics()).includes(topic));
    equal(3, await refusal(() => admin.deleteTopics({ topics: [topic] })), 'deleting it again');
  },

  async 'admin-configs'(lib, topic) {
    const admin = await lib.admin();
    await lib.create(topic, 1, { config: { 'cleanup.policy': 'compact' } });
    const config = async (name) => {
      const { resources } = await admin.describeConfigs({ resources: [{ type: 2, name: topic }] });
      return resources[0].configEntries.find((entry) => entry.configName === name)?.configValue;
    };
    const alter = (data) => admin.alterConfigs({
      resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: data }] }],
    });
    await until('the default retention.ms', async () => (await config('retention.ms')) === '604800000');
    equal('compact', await config('cleanup.policy'), 'cleanup.policy');
    await alter('7200000');
    await until('retention.ms changed', async () => (await config('retention.ms')) === '7200000');
    equal('delete', await config('cleanup.policy'), 'what the old kind of change resets');
    const refused = await refusal(() => alter('soon'));
    check(refused === 40 || refused === 42, `a value that is no number: ${refused}`);
  },

  async 'admin-groups'(lib, topic) {
    const admin = await lib.admin();
    await lib.create(topic, 1);
    await lib.produce(topic, sample(5));
    const member = await lib.member(topic, topic);
    await until('five records', () => member.values.length === 5);
    await member.commit();
    const listed = async () => (await admin.listGroups()).groups.some((group) => group.groupId === topic);
    check(await listed(), 'the group is not listed');
    const state = async () => {
      const { groups: [group] } = await admin.describeGroups([topic]);
      return `${group.state} ${group.members.length}`;
    };
    equal('Stable 1', await state(), 'state and members');
    equal(68, await refusal(() => admin.deleteGroups([topic])), 'deleting a group with members');
    await member.close();
    await until('the group is empty', async () => (await state()) === 'Empty 0');
    await admin.deleteGroups([topic]);
    check(!(await listed()), 'the deleted group is still listed');
    equal(69, await refusal(() => admin.deleteGroups([topic])), 'deleting it again');
  },
};

for (const codec of Object.keys(CODECS)) {
  cases[`codec-${codec}`] = async (lib, topic) => {
    await lib.create(topic, 1);
    await lib.produce(topic, numbered(200), { codec });
    verify(await lib.read(topic, 0, 0, 200));
  };
}

async function main([bootstrap, prefix, ...names]) {
  for (const name of names) {
    let result = 'ok';
    let reason = '';
    const lib = new Lib(bootstrap);
    if (CANNOT[name] || !cases[name]) {
      [result, reason] = ['skipped', CANNOT[name] || 'this program has no such case'];
    } else {
      try {
        await cases[name](lib, `${prefix}-${name}`);
      } catch (error) {
        console.error(error);
        [result, reason] = ['failed', String(error)];
      }
      await Promise.race([lib.close().catch((error) => console.error(error)), sleep(15000, undefined, { ref: false })]);
    }
    console.log(JSON.stringify({ case: name, result, reason: reason.slice(0, 500) }));
  }
  process.exit(0);
}

main(process.argv.slice(2));
