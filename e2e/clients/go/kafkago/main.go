// Program kafkago runs the matrix with segmentio's kafka-go.
package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/segmentio/kafka-go"

	"weir.dev/e2e/clients/matrix"
)

type library struct {
	bootstrap string
	client    *kafka.Client
}

func open(bootstrap string) matrix.Library {
	return &library{bootstrap, &kafka.Client{Addr: kafka.TCP(bootstrap), Timeout: 20 * time.Second}}
}

func soon() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	time.AfterFunc(35*time.Second, cancel)
	return ctx
}

func (l *library) Cannot() map[string]string {
	return map[string]string{
		"idempotent":     "kafka-go's writer is not idempotent",
		"static-members": "kafka-go's groups have no static members",
		"cooperative":    "kafka-go has only eager balancers",
		"kip848":         "kafka-go has only the classic group protocol",
		"delete-records": "kafka-go has no DeleteRecords",
	}
}
func (l *library) NullHeaders() bool { return true }

// TellsEmptyKeys is false: its reader gives an empty key as none.
func (l *library) TellsEmptyKeys() bool { return false }
func (l *library) Close()               {}

func (l *library) Code(err error) int {
	var code kafka.Error
	if errors.As(err, &code) {
		return int(code)
	}
	return -1
}

func (l *library) Create(topic string, partitions int32, replicas int16, configs map[string]string) {
	wanted := kafka.TopicConfig{Topic: topic, NumPartitions: int(partitions), ReplicationFactor: int(replicas)}
	for name, value := range configs {
		wanted.ConfigEntries = append(wanted.ConfigEntries, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
	}
	found, err := l.client.CreateTopics(soon(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{wanted}})
	matrix.Must(err)
	matrix.Must(found.Errors[topic])
}

var codecs = map[string]kafka.Compression{"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}

func (l *library) Produce(topic string, records []matrix.Record, codec string, _ bool) []matrix.Record {
	var done []matrix.Record
	hashed := &kafka.Hash{}
	balance := func(message kafka.Message, partitions ...int) int {
		if place := message.WriterData.(int32); place >= 0 {
			return int(place)
		}
		return hashed.Balance(message, partitions...)
	}
	writer := &kafka.Writer{Addr: kafka.TCP(l.bootstrap), Topic: topic, Balancer: kafka.BalancerFunc(balance),
		RequiredAcks: kafka.RequireAll, Compression: codecs[codec], BatchBytes: 10_000_000, BatchSize: 50,
		BatchTimeout: 5 * time.Millisecond, MaxAttempts: 5,
		Completion: func(messages []kafka.Message, err error) {
			for _, message := range messages {
				done = append(done, matrix.Record{Partition: int32(message.Partition), Offset: message.Offset})
			}
		}}
	defer writer.Close()
	var messages []kafka.Message
	for _, record := range records {
		one := kafka.Message{Key: record.Key, Value: record.Value, WriterData: record.Partition}
		if record.Millis > 0 {
			one.Time = time.UnixMilli(record.Millis)
		}
		for _, header := range record.Headers {
			one.Headers = append(one.Headers, kafka.Header{Key: header.Key, Value: header.Value})
		}
		messages = append(messages, one)
	}
	err := writer.WriteMessages(soon(), messages...)
	var many kafka.WriteErrors
	if errors.As(err, &many) {
		err = many[0]
	}
	matrix.Must(err)
	return done
}

func (l *library) Read(topic string, partition int32, from int64, count int) []matrix.Record {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{l.bootstrap}, Topic: topic, Partition: int(partition),
		MinBytes: 1, MaxBytes: 10_000_000, MaxWait: 200 * time.Millisecond})
	defer reader.Close()
	matrix.Must(reader.SetOffset(from))
	var all []matrix.Record
	for ctx := soon(); len(all) < count; {
		message, err := reader.ReadMessage(ctx)
		matrix.Must(err)
		one := matrix.Record{Partition: partition, Offset: message.Offset, Key: message.Key, Value: message.Value, Millis: message.Time.UnixMilli()}
		for _, header := range message.Headers {
			one.Headers = append(one.Headers, matrix.Header{Key: header.Key, Value: header.Value})
		}
		all = append(all, one)
	}
	return all
}

func (l *library) list(topic string, partition int32, asked kafka.OffsetRequest) kafka.PartitionOffsets {
	found, err := l.client.ListOffsets(soon(), &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: {asked}}})
	matrix.Must(err)
	matrix.Must(found.Topics[topic][0].Error)
	return found.Topics[topic][0]
}

func (l *library) Bounds(topic string, partition int32) (int64, int64) {
	return l.list(topic, partition, kafka.FirstOffsetOf(int(partition))).FirstOffset,
		l.list(topic, partition, kafka.LastOffsetOf(int(partition))).LastOffset
}

func (l *library) OffsetForTime(topic string, partition int32, millis int64) int64 {
	for offset := range l.list(topic, partition, kafka.TimeOffsetOf(int(partition), time.UnixMilli(millis))).Offsets {
		return offset
	}
	return -1
}

type member struct {
	*matrix.Seen
	group      *kafka.ConsumerGroup
	topic      string
	stop       context.CancelFunc
	ended      chan struct{}
	generation chan *kafka.Generation
}

func (l *library) Join(topic, group string, _ matrix.Options) matrix.Member {
	joined, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: group, Brokers: []string{l.bootstrap},
		Topics: []string{topic}, HeartbeatInterval: 500 * time.Millisecond, SessionTimeout: 10 * time.Second,
		RebalanceTimeout: 10 * time.Second, StartOffset: kafka.FirstOffset, JoinGroupBackoff: time.Second})
	matrix.Must(err)
	ctx, stop := context.WithCancel(context.Background())
	m := &member{matrix.NewSeen(), joined, topic, stop, make(chan struct{}), make(chan *kafka.Generation, 1)}
	go m.run(ctx, l.bootstrap)
	return m
}

func (m *member) run(ctx context.Context, bootstrap string) {
	defer close(m.ended)
	for {
		generation, err := m.group.Next(ctx)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, kafka.ErrGroupClosed) {
				return
			}
			println("next:", err.Error())
			continue
		}
		select {
		case <-m.generation:
		default:
		}
		m.generation <- generation
		var places []int32
		for _, place := range generation.Assignments[m.topic] {
			places = append(places, int32(place.ID))
		}
		m.Assign(places...)
		for _, place := range generation.Assignments[m.topic] {
			generation.Start(func(ctx context.Context) { m.read(ctx, bootstrap, place) })
		}
		generation.Start(func(ctx context.Context) {
			<-ctx.Done()
			m.Revoke(places...)
		})
	}
}

func (m *member) read(ctx context.Context, bootstrap string, place kafka.PartitionAssignment) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: m.topic, Partition: place.ID,
		MinBytes: 1, MaxBytes: 10_000_000, MaxWait: 200 * time.Millisecond})
	defer reader.Close()
	if err := reader.SetOffset(place.Offset); err != nil {
		println("seek:", err.Error())
		return
	}
	for {
		message, err := reader.ReadMessage(ctx)
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, io.EOF) {
				println("read:", err.Error())
			}
			return
		}
		m.Got(int32(message.Partition), message.Offset, message.Value)
	}
}

func (m *member) Commit() map[int32]int64 {
	generation := <-m.generation
	next := m.Next()
	offsets := map[int]int64{}
	for partition, offset := range next {
		offsets[int(partition)] = offset
	}
	matrix.Must(generation.CommitOffsets(map[string]map[int]int64{m.topic: offsets}))
	m.generation <- generation
	return next
}

func (m *member) Close() {
	matrix.Must(m.group.Close())
	m.stop()
	<-m.ended
}

func (l *library) DeleteBefore(string, int32, int64) {}

func (l *library) Topics() []string {
	found, err := l.client.Metadata(soon(), &kafka.MetadataRequest{})
	matrix.Must(err)
	var names []string
	for _, topic := range found.Topics {
		names = append(names, topic.Name)
	}
	return names
}

func (l *library) Partitions(topic string) int {
	found, err := l.client.Metadata(soon(), &kafka.MetadataRequest{Topics: []string{topic}})
	matrix.Must(err)
	return len(found.Topics[0].Partitions)
}

func (l *library) Grow(topic string, partitions int) {
	found, err := l.client.CreatePartitions(soon(), &kafka.CreatePartitionsRequest{
		Topics: []kafka.TopicPartitionsConfig{{Name: topic, Count: int32(partitions)}}})
	matrix.Must(err)
	matrix.Must(found.Errors[topic])
}

func (l *library) Delete(topic string) {
	found, err := l.client.DeleteTopics(soon(), &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	matrix.Must(err)
	matrix.Must(found.Errors[topic])
}

func (l *library) Config(topic string) map[string]string {
	found, err := l.client.DescribeConfigs(soon(), &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic}}})
	matrix.Must(err)
	matrix.Must(found.Resources[0].Error)
	all := map[string]string{}
	for _, entry := range found.Resources[0].ConfigEntries {
		all[entry.ConfigName] = entry.ConfigValue
	}
	return all
}

func (l *library) Alter(topic, name, value string) {
	change := kafka.IncrementalAlterConfigsRequestConfig{Name: name, Value: value, ConfigOperation: kafka.ConfigOperationSet}
	found, err := l.client.IncrementalAlterConfigs(soon(), &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{change}}}})
	matrix.Must(err)
	matrix.Must(found.Resources[0].Error)
}

func (l *library) Groups() []string {
	found, err := l.client.ListGroups(soon(), &kafka.ListGroupsRequest{})
	matrix.Must(err)
	matrix.Must(found.Error)
	var names []string
	for _, group := range found.Groups {
		names = append(names, group.GroupID)
	}
	return names
}

func (l *library) Group(name string) (string, int) {
	found, err := l.client.DescribeGroups(soon(), &kafka.DescribeGroupsRequest{GroupIDs: []string{name}})
	matrix.Must(err)
	matrix.Must(found.Groups[0].Error)
	return found.Groups[0].GroupState, len(found.Groups[0].Members)
}

func (l *library) Committed(group, topic string, partition int32) int64 {
	found, err := l.client.OffsetFetch(soon(), &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {int(partition)}}})
	matrix.Must(err)
	matrix.Must(found.Error)
	return found.Topics[topic][0].CommittedOffset
}

func (l *library) DeleteGroup(name string) {
	found, err := l.client.DeleteGroups(soon(), &kafka.DeleteGroupsRequest{GroupIDs: []string{name}})
	matrix.Must(err)
	matrix.Must(found.Errors[name])
}

func (l *library) Transactional(string) error { return nil }

func main() {
	matrix.Main(open)
}
