// Program franz runs the matrix with franz-go.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"weir.dev/e2e/clients/matrix"
)

type library struct {
	bootstrap string
	client    *kgo.Client
	admin     *kadm.Client
}

func open(bootstrap string) matrix.Library {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap))
	matrix.Must(err)
	return &library{bootstrap, client, kadm.NewClient(client)}
}

func soon() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	time.AfterFunc(35*time.Second, cancel)
	return ctx
}

func (l *library) Cannot() map[string]string { return nil }
func (l *library) NullHeaders() bool         { return true }
func (l *library) TellsEmptyKeys() bool      { return true }
func (l *library) Close()                    { l.client.Close() }

func (l *library) Code(err error) int {
	var known *kerr.Error
	if errors.As(err, &known) {
		return int(known.Code)
	}
	return -1
}

func (l *library) with(options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(l.bootstrap))...)
	matrix.Must(err)
	return client
}

func (l *library) Create(topic string, partitions int32, replicas int16, configs map[string]string) {
	wanted := map[string]*string{}
	for name, value := range configs {
		wanted[name] = &value
	}
	_, err := l.admin.CreateTopic(soon(), partitions, replicas, wanted, topic)
	matrix.Must(err)
}

// chosen takes the partition of a record where the case names one, and hashes the key elsewhere.
func chosen() kgo.Partitioner {
	hashed := kgo.StickyKeyPartitioner(nil)
	return kgo.BasicConsistentPartitioner(func(topic string) func(*kgo.Record, int) int {
		inner := hashed.ForTopic(topic)
		return func(record *kgo.Record, n int) int {
			if record.Partition >= 0 {
				return int(record.Partition)
			}
			return inner.Partition(record, n)
		}
	})
}

var codecs = map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}

func (l *library) Produce(topic string, records []matrix.Record, codec string, idempotent bool) []matrix.Record {
	options := []kgo.Opt{kgo.ProducerBatchCompression(codecs[codec]), kgo.RecordPartitioner(chosen()),
		kgo.ProducerBatchMaxBytes(10_000_000), kgo.MaxBufferedRecords(1000)}
	if !idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client := l.with(options...)
	defer client.Close()
	var batch []*kgo.Record
	for _, record := range records {
		one := &kgo.Record{Topic: topic, Partition: record.Partition, Key: record.Key, Value: record.Value}
		if record.Millis > 0 {
			one.Timestamp = time.UnixMilli(record.Millis)
		}
		for _, header := range record.Headers {
			one.Headers = append(one.Headers, kgo.RecordHeader{Key: header.Key, Value: header.Value})
		}
		batch = append(batch, one)
	}
	var done []matrix.Record
	for _, result := range client.ProduceSync(soon(), batch...) {
		matrix.Must(result.Err)
		done = append(done, matrix.Record{Partition: result.Record.Partition, Offset: result.Record.Offset})
	}
	return done
}

func (l *library) Read(topic string, partition int32, from int64, count int) []matrix.Record {
	place := map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}}
	client := l.with(kgo.ConsumePartitions(place), kgo.FetchMaxWait(500*time.Millisecond))
	defer client.Close()
	var all []matrix.Record
	for ctx := soon(); len(all) < count; {
		fetches := client.PollFetches(ctx)
		matrix.Must(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			one := matrix.Record{Partition: partition, Offset: record.Offset, Key: record.Key, Value: record.Value,
				Millis: record.Timestamp.UnixMilli()}
			for _, header := range record.Headers {
				one.Headers = append(one.Headers, matrix.Header{Key: header.Key, Value: header.Value})
			}
			all = append(all, one)
		})
	}
	matrix.Equal(count, len(all), "records read")
	return all
}

func (l *library) Bounds(topic string, partition int32) (int64, int64) {
	begin, err := l.admin.ListStartOffsets(soon(), topic)
	matrix.Must(err)
	end, err := l.admin.ListEndOffsets(soon(), topic)
	matrix.Must(err)
	first, _ := begin.Lookup(topic, partition)
	last, _ := end.Lookup(topic, partition)
	return first.Offset, last.Offset
}

func (l *library) OffsetForTime(topic string, partition int32, millis int64) int64 {
	found, err := l.admin.ListOffsetsAfterMilli(soon(), millis, topic)
	matrix.Must(err)
	one, _ := found.Lookup(topic, partition)
	matrix.Must(one.Err)
	if one.Timestamp < 0 {
		return -1
	}
	return one.Offset
}

type member struct {
	*matrix.Seen
	client *kgo.Client
	stop   context.CancelFunc
	ended  chan struct{}
}

func (l *library) Join(topic, group string, options matrix.Options) matrix.Member {
	seen := matrix.NewSeen()
	gone := func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { seen.Revoke(lost[topic]...) }
	came := func(_ context.Context, _ *kgo.Client, now map[string][]int32) { seen.Assign(now[topic]...) }
	settings := []kgo.Opt{kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.OnPartitionsAssigned(came), kgo.OnPartitionsRevoked(gone),
		kgo.OnPartitionsLost(gone), kgo.HeartbeatInterval(500 * time.Millisecond), kgo.SessionTimeout(30 * time.Second)}
	switch {
	case options.Protocol848:
		settings = append(settings, kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer()))
	case options.Cooperative:
		settings = append(settings, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	default:
		settings = append(settings, kgo.Balancers(kgo.RangeBalancer()))
	}
	if options.Instance != "" {
		settings = append(settings, kgo.InstanceID(options.Instance))
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &member{seen, l.with(settings...), stop, make(chan struct{})}
	go func() {
		defer close(m.ended)
		for ctx.Err() == nil {
			m.client.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
				seen.Got(record.Partition, record.Offset, record.Value)
			})
		}
	}()
	return m
}

func (m *member) Commit() map[int32]int64 {
	next := m.Next()
	matrix.Must(m.client.CommitUncommittedOffsets(soon()))
	return next
}

func (m *member) Close() {
	m.stop()
	<-m.ended
	m.client.Close()
}

func (l *library) DeleteBefore(topic string, partition int32, offset int64) {
	places := kadm.Offsets{}
	places.AddOffset(topic, partition, offset, -1)
	found, err := l.admin.DeleteRecords(soon(), places)
	matrix.Must(err)
	matrix.Must(found.Error())
	one, _ := found.Lookup(topic, partition)
	matrix.Equal(offset, one.LowWatermark, "low watermark")
}

func (l *library) Topics() []string {
	found, err := l.admin.ListTopics(soon())
	matrix.Must(err)
	return found.Names()
}

func (l *library) Partitions(topic string) int {
	found, err := l.admin.ListTopics(soon(), topic)
	matrix.Must(err)
	return len(found[topic].Partitions)
}

func (l *library) Grow(topic string, partitions int) {
	found, err := l.admin.UpdatePartitions(soon(), partitions, topic)
	matrix.Must(err)
	matrix.Must(found.Error())
}

func (l *library) Delete(topic string) {
	_, err := l.admin.DeleteTopic(soon(), topic)
	matrix.Must(err)
}

func (l *library) Config(topic string) map[string]string {
	found, err := l.admin.DescribeTopicConfigs(soon(), topic)
	matrix.Must(err)
	one, err := found.On(topic, nil)
	matrix.Must(err)
	matrix.Must(one.Err)
	all := map[string]string{}
	for _, config := range one.Configs {
		all[config.Key] = config.MaybeValue()
	}
	return all
}

func (l *library) Alter(topic, name, value string) {
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value}
	found, err := l.admin.AlterTopicConfigs(soon(), []kadm.AlterConfig{change}, topic)
	matrix.Must(err)
	one, err := found.On(topic, nil)
	matrix.Must(err)
	matrix.Must(one.Err)
}

func (l *library) Groups() []string {
	found, err := l.admin.ListGroups(soon())
	matrix.Must(err)
	return found.Groups()
}

func (l *library) Group(name string) (string, int) {
	found, err := l.admin.DescribeGroups(soon(), name)
	matrix.Must(err)
	matrix.Must(found[name].Err)
	return found[name].State, len(found[name].Members)
}

func (l *library) Committed(group, topic string, partition int32) int64 {
	found, err := l.admin.FetchOffsets(soon(), group)
	matrix.Must(err)
	one, known := found.Lookup(topic, partition)
	matrix.Check(known, "no committed offset")
	return one.At
}

func (l *library) DeleteGroup(name string) {
	_, err := l.admin.DeleteGroup(soon(), name)
	matrix.Must(err)
}

func (l *library) Transactional(id string) error {
	client := l.with(kgo.TransactionalID(id))
	defer client.Close()
	_, _, err := client.ProducerID(soon())
	return err
}

func main() {
	matrix.Main(open)
}
