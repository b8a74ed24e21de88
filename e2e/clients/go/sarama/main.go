// Program sarama runs the matrix with IBM's sarama.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/IBM/sarama"

	"weir.dev/e2e/clients/matrix"
)

type library struct {
	bootstrap []string
	client    sarama.Client
	admin     sarama.ClusterAdmin
}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.MaxMessageBytes = 10_000_000
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.Group.Session.Timeout = 30 * time.Second
	return config
}

func open(bootstrap string) matrix.Library {
	addresses := []string{bootstrap}
	client, err := sarama.NewClient(addresses, settings())
	matrix.Must(err)
	admin, err := sarama.NewClusterAdminFromClient(client)
	matrix.Must(err)
	return &library{addresses, client, admin}
}

func (l *library) Cannot() map[string]string {
	return map[string]string{"kip848": "sarama has only the classic group protocol"}
}
func (l *library) NullHeaders() bool    { return true }
func (l *library) TellsEmptyKeys() bool { return true }
func (l *library) Close()               { matrix.Must(l.admin.Close()) }

func (l *library) Code(err error) int {
	var code sarama.KError
	if errors.As(err, &code) {
		return int(code)
	}
	return -1
}

func (l *library) Create(topic string, partitions int32, replicas int16, configs map[string]string) {
	wanted := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: replicas, ConfigEntries: map[string]*string{}}
	for name, value := range configs {
		wanted.ConfigEntries[name] = &value
	}
	matrix.Must(l.admin.CreateTopic(topic, wanted, false))
}

// chosen takes the partition of a record where the case names one, and hashes the key elsewhere.
type chosen struct{ hashed sarama.Partitioner }

func (c chosen) Partition(message *sarama.ProducerMessage, partitions int32) (int32, error) {
	if place := message.Metadata.(int32); place >= 0 {
		return place, nil
	}
	return c.hashed.Partition(message, partitions)
}
func (c chosen) RequiresConsistency() bool { return true }

func encoder(data []byte) sarama.Encoder {
	if data == nil {
		return nil
	}
	return sarama.ByteEncoder(data)
}

var codecs = map[string]sarama.CompressionCodec{"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}

func (l *library) Produce(topic string, records []matrix.Record, codec string, idempotent bool) []matrix.Record {
	config := settings()
	config.Producer.Compression = codecs[codec]
	config.Producer.Partitioner = func(topic string) sarama.Partitioner {
		return chosen{sarama.NewHashPartitioner(topic)}
	}
	if idempotent {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
		config.Producer.Flush.MaxMessages = 10
	}
	producer, err := sarama.NewSyncProducer(l.bootstrap, config)
	matrix.Must(err)
	defer producer.Close()
	var messages []*sarama.ProducerMessage
	for _, record := range records {
		one := &sarama.ProducerMessage{Topic: topic, Key: encoder(record.Key), Value: encoder(record.Value), Metadata: record.Partition}
		if record.Millis > 0 {
			one.Timestamp = time.UnixMilli(record.Millis)
		}
		for _, header := range record.Headers {
			one.Headers = append(one.Headers, sarama.RecordHeader{Key: []byte(header.Key), Value: header.Value})
		}
		messages = append(messages, one)
	}
	if err := producer.SendMessages(messages); err != nil {
		var many sarama.ProducerErrors
		if errors.As(err, &many) {
			err = many[0].Err
		}
		panic(err)
	}
	var done []matrix.Record
	for _, message := range messages {
		done = append(done, matrix.Record{Partition: message.Partition, Offset: message.Offset})
	}
	return done
}

func (l *library) Read(topic string, partition int32, from int64, count int) []matrix.Record {
	config := settings()
	consumer, err := sarama.NewConsumer(l.bootstrap, config)
	matrix.Must(err)
	defer consumer.Close()
	reader, err := consumer.ConsumePartition(topic, partition, from)
	matrix.Must(err)
	defer reader.Close()
	var all []matrix.Record
	for late := time.After(30 * time.Second); len(all) < count; {
		select {
		case <-late:
			matrix.Equal(count, len(all), "records read")
		case message := <-reader.Messages():
			one := matrix.Record{Partition: partition, Offset: message.Offset, Key: message.Key, Value: message.Value,
				Millis: message.Timestamp.UnixMilli()}
			for _, header := range message.Headers {
				one.Headers = append(one.Headers, matrix.Header{Key: string(header.Key), Value: header.Value})
			}
			all = append(all, one)
		}
	}
	return all
}

func (l *library) Bounds(topic string, partition int32) (int64, int64) {
	return l.OffsetForTime(topic, partition, sarama.OffsetOldest), l.OffsetForTime(topic, partition, sarama.OffsetNewest)
}

func (l *library) OffsetForTime(topic string, partition int32, millis int64) int64 {
	found, err := l.client.GetOffset(topic, partition, millis)
	matrix.Must(err)
	return found
}

type member struct {
	*matrix.Seen
	group   sarama.ConsumerGroup
	stop    context.CancelFunc
	ended   chan struct{}
	topic   string
	session chan sarama.ConsumerGroupSession
	coop    bool
}

func (l *library) Join(topic, group string, options matrix.Options) matrix.Member {
	config := settings()
	config.Consumer.Group.InstanceId = options.Instance
	strategy := sarama.NewBalanceStrategyRange()
	if options.Cooperative {
		strategy = sarama.NewBalanceStrategyCooperativeSticky()
	}
	config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
	joined, err := sarama.NewConsumerGroup(l.bootstrap, group, config)
	matrix.Must(err)
	ctx, stop := context.WithCancel(context.Background())
	m := &member{matrix.NewSeen(), joined, stop, make(chan struct{}), topic, make(chan sarama.ConsumerGroupSession, 1), options.Cooperative}
	go func() {
		defer close(m.ended)
		for ctx.Err() == nil {
			if err := joined.Consume(ctx, []string{topic}, m); err != nil && ctx.Err() == nil {
				println("consume:", err.Error())
				time.Sleep(100 * time.Millisecond)
			}
		}
	}()
	return m
}

// Setup keeps the session for commits; where claims come one by one, they are noted as they start.
func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	select {
	case <-m.session:
	default:
	}
	m.session <- session
	if !m.coop {
		m.Assign(session.Claims()[m.topic]...)
	}
	return nil
}

func (m *member) Cleanup(session sarama.ConsumerGroupSession) error {
	if !m.coop {
		m.Revoke(session.Claims()[m.topic]...)
	}
	return nil
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	if m.coop {
		m.Assign(claim.Partition())
		defer m.Revoke(claim.Partition())
	}
	for message := range claim.Messages() {
		m.Got(message.Partition, message.Offset, message.Value)
		session.MarkMessage(message, "")
	}
	return nil
}

func (m *member) Commit() map[int32]int64 {
	session := <-m.session
	session.Commit()
	m.session <- session
	return m.Next()
}

func (m *member) Close() {
	m.stop()
	<-m.ended
	matrix.Must(m.group.Close())
}

func (l *library) DeleteBefore(topic string, partition int32, offset int64) {
	err := l.admin.DeleteRecords(topic, map[int32]int64{partition: offset})
	matrix.Must(err)
}

func (l *library) Topics() []string {
	found, err := l.admin.ListTopics()
	matrix.Must(err)
	var names []string
	for name := range found {
		names = append(names, name)
	}
	return names
}

func (l *library) Partitions(topic string) int {
	found, err := l.admin.DescribeTopics([]string{topic})
	matrix.Must(err)
	return len(found[0].Partitions)
}

func (l *library) Grow(topic string, partitions int) {
	matrix.Must(l.admin.CreatePartitions(topic, int32(partitions), nil, false))
}

func (l *library) Delete(topic string) { matrix.Must(l.admin.DeleteTopic(topic)) }

func (l *library) Config(topic string) map[string]string {
	found, err := l.admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
	matrix.Must(err)
	all := map[string]string{}
	for _, entry := range found {
		all[entry.Name] = entry.Value
	}
	return all
}

func (l *library) Alter(topic, name, value string) {
	change := map[string]sarama.IncrementalAlterConfigsEntry{name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}
	matrix.Must(l.admin.IncrementalAlterConfig(sarama.TopicResource, topic, change, false))
}

func (l *library) Groups() []string {
	found, err := l.admin.ListConsumerGroups()
	matrix.Must(err)
	var names []string
	for name := range found {
		names = append(names, name)
	}
	return names
}

func (l *library) Group(name string) (string, int) {
	found, err := l.admin.DescribeConsumerGroups([]string{name})
	matrix.Must(err)
	matrix.Equal(sarama.ErrNoError, found[0].Err, "description of the group")
	return found[0].State, len(found[0].Members)
}

func (l *library) Committed(group, topic string, partition int32) int64 {
	found, err := l.admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {partition}})
	matrix.Must(err)
	return found.GetBlock(topic, partition).Offset
}

func (l *library) DeleteGroup(name string) { matrix.Must(l.admin.DeleteConsumerGroup(name)) }

func (l *library) Transactional(string) error { return nil }

func main() {
	matrix.Main(open)
}
