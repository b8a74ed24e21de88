package matrix

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

const count = 200

var fill = strings.Repeat("0123456789", 18)

var cases = map[string]func(lib Library, topic string){
	"interop":                interop,
	"headers":                headers,
	"keys":                   keys,
	"big-record":             bigRecord,
	"idempotent":             idempotent,
	"group-restart":          groupRestart,
	"group-two":              func(lib Library, topic string) { share(lib, topic, Options{}) },
	"kip848":                 func(lib Library, topic string) { share(lib, topic, Options{Protocol848: true}) },
	"static-members":         staticMembers,
	"cooperative":            cooperative,
	"offsets-by-time":        offsetsByTime,
	"delete-records":         deleteRecords,
	"admin-topics":           adminTopics,
	"admin-configs":          adminConfigs,
	"admin-groups":           adminGroups,
	"transactional-id-fatal": transactional,
}

func value(i int) string {
	return fmt.Sprintf("value-%05d-%s", i, fill)
}

func numbered(n int) []Record {
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{Key: fmt.Appendf(nil, "key-%d", i), Value: []byte(value(i))}
	}
	return records
}

// sample records leave the partition to the client.
func sample(n int, text string) []Record {
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{Partition: -1, Key: fmt.Appendf(nil, "key-%d", i), Value: fmt.Appendf(nil, "%s-%d", text, i)}
	}
	return records
}

func verify(records []Record) {
	for i, record := range records {
		Equal(int64(i), record.Offset, "offset")
		Equal(fmt.Sprintf("key-%d", i), string(record.Key), "key")
		Equal(value(i), string(record.Value), "value")
	}
}

func codecs(lib Library, topic, codec string) {
	lib.Create(topic, 1, 1, nil)
	lib.Produce(topic, numbered(count), codec, false)
	verify(lib.Read(topic, 0, 0, count))
}

func interop(lib Library, _ string) {
	names := []string{"none", "gzip", "snappy", "lz4", "zstd"}
	for i, record := range lib.Read("interop", 0, 0, 100) {
		Equal(fmt.Sprintf("interop-%s-%d-%s", names[i/20], i%20, fill), string(record.Value), "value")
		Equal([]Header{{"codec", []byte(names[i/20])}}, record.Headers, "headers")
	}
}

func headers(lib Library, topic string) {
	lib.Create(topic, 1, 1, nil)
	sent := []Header{{"a", []byte("1")}, {"b", nil}, {"a", []byte("2")}, {"c", []byte{}}}
	if !lib.NullHeaders() {
		sent = slices.Delete(sent, 1, 2)
	}
	lib.Produce(topic, []Record{{Key: []byte("k"), Value: []byte("v"), Headers: sent}}, "none", false)
	found := lib.Read(topic, 0, 0, 1)[0].Headers
	Equal(len(sent), len(found), "number of headers")
	for i := range sent {
		Equal(sent[i].Key, found[i].Key, "name of a header")
		Equal(string(sent[i].Value), string(found[i].Value), "value of a header")
		Check(sent[i].Value != nil || found[i].Value == nil, "a null header became %q", found[i].Value)
	}
}

func keys(lib Library, topic string) {
	lib.Create(topic, 4, 1, nil)
	sent := []Record{{Value: []byte("no key")}, {Key: []byte{}, Value: []byte("empty key")},
		{Key: []byte("schlüssel-鍵"), Value: []byte("unicode")}, {Key: []byte("k")}}
	for i, record := range lib.Produce(topic, sent, "none", false) {
		Equal(int64(i), record.Offset, "acknowledged offset")
	}
	for i, record := range lib.Read(topic, 0, 0, 4) {
		Equal(string(sent[i].Key), string(record.Key), "key")
		if lib.TellsEmptyKeys() {
			Equal(sent[i].Key == nil, record.Key == nil, "whether the key is null")
		}
		Equal(string(sent[i].Value), string(record.Value), "value")
		Equal(sent[i].Value == nil, record.Value == nil, "whether the value is null")
	}
	var equal []Record
	for range 6 {
		equal = append(equal, Record{Partition: -1, Key: []byte("same"), Value: []byte("v")})
	}
	places := map[int32]bool{}
	for _, record := range lib.Produce(topic, equal, "none", false) {
		places[record.Partition] = true
	}
	Equal(1, len(places), "partitions of an equal key")
}

func bigRecord(lib Library, topic string) {
	lib.Create(topic, 1, 1, nil)
	data := make([]byte, 900_000)
	for i := range data {
		data[i] = byte(i * 7919 >> 5)
	}
	lib.Produce(topic, []Record{{Value: data}}, "none", false)
	Check(bytes.Equal(data, lib.Read(topic, 0, 0, 1)[0].Value), "the big record changed")
	found := code(lib, func() { lib.Produce(topic, []Record{{Value: make([]byte, 2_000_000)}}, "none", false) })
	Equal(tooLarge, found, "too large a record")
}

func idempotent(lib Library, topic string) {
	lib.Create(topic, 1, 1, nil)
	lib.Produce(topic, numbered(500), "none", true)
	verify(lib.Read(topic, 0, 0, 500))
	_, end := lib.Bounds(topic, 0)
	Equal(int64(500), end, "end")
}

func offsetsByTime(lib Library, topic string) {
	lib.Create(topic, 1, 1, nil)
	const base = int64(1_700_000_000_000)
	var records []Record
	for i := range int64(10) {
		records = append(records, Record{Value: []byte("v"), Millis: base + i*1000})
	}
	lib.Produce(topic, records, "none", false)
	Equal(int64(5), lib.OffsetForTime(topic, 0, base+4500), "offset for a time")
	Equal(int64(-1), lib.OffsetForTime(topic, 0, base+100_000), "offset for a time beyond the end")
	begin, end := lib.Bounds(topic, 0)
	Equal([]int64{0, 10}, []int64{begin, end}, "beginning and end")
	Equal(base+3000, lib.Read(topic, 0, 0, 10)[3].Millis, "timestamp")
}

func deleteRecords(lib Library, topic string) {
	lib.Create(topic, 1, 1, nil)
	lib.Produce(topic, numbered(10), "none", false)
	lib.DeleteBefore(topic, 0, 5)
	begin, end := lib.Bounds(topic, 0)
	Equal([]int64{5, 10}, []int64{begin, end}, "beginning and end")
	Equal("key-5", string(lib.Read(topic, 0, 5, 5)[0].Key), "first record left")
	Equal(outOfRange, code(lib, func() { lib.DeleteBefore(topic, 0, 11) }), "deleting beyond the end")
}

func adminTopics(lib Library, topic string) {
	lib.Create(topic, 3, 1, map[string]string{"retention.ms": "3600000"})
	// A broker may hear of a change a moment after it was acknowledged.
	Until("the new topic is listed", func() bool { return slices.Contains(lib.Topics(), topic) })
	Equal(3, lib.Partitions(topic), "partitions")
	Equal(topicExists, code(lib, func() { lib.Create(topic, 1, 1, nil) }), "a topic that exists")
	Equal(invalidTopic, code(lib, func() { lib.Create("a b", 1, 1, nil) }), "an illegal name")
	Equal(invalidReplica, code(lib, func() { lib.Create("many", 1, 9, nil) }), "nine replicas")
	unknown := map[string]string{"no.such.config": "1"}
	Equal(invalidConfig, code(lib, func() { lib.Create("wrong", 1, 1, unknown) }), "an unknown config")
	lib.Grow(topic, 5)
	Until("the topic grew", func() bool { return lib.Partitions(topic) == 5 })
	Equal(invalidCount, code(lib, func() { lib.Grow(topic, 2) }), "shrinking")
	lib.Delete(topic)
	Until("the deleted topic is gone", func() bool { return !slices.Contains(lib.Topics(), topic) })
	Equal(unknownTopic, code(lib, func() { lib.Delete(topic) }), "deleting it again")
}

func adminConfigs(lib Library, topic string) {
	lib.Create(topic, 1, 1, map[string]string{"cleanup.policy": "compact"})
	Until("the new topic has configs", func() bool { return code(lib, func() { lib.Config(topic) }) == 0 })
	Equal("604800000", lib.Config(topic)["retention.ms"], "default retention.ms")
	Equal("compact", lib.Config(topic)["cleanup.policy"], "cleanup.policy")
	lib.Alter(topic, "retention.ms", "7200000")
	Until("retention.ms changed", func() bool { return lib.Config(topic)["retention.ms"] == "7200000" })
	refused := code(lib, func() { lib.Alter(topic, "retention.ms", "soon") })
	Check(refused == invalidConfig || refused == invalidRequest, "a value that is no number: %d", refused)
}

func adminGroups(lib Library, topic string) {
	lib.Create(topic, 1, 1, nil)
	lib.Produce(topic, sample(5, "v"), "none", false)
	member := lib.Join(topic, topic, Options{})
	Until("five records", func() bool { return len(member.Values()) == 5 })
	member.Commit()
	Check(slices.Contains(lib.Groups(), topic), "the group is not listed")
	state, members := lib.Group(topic)
	Equal("Stable 1", fmt.Sprint(state, " ", members), "state and members")
	Equal(int64(5), lib.Committed(topic, topic, 0), "committed offset")
	Equal(nonEmptyGroup, code(lib, func() { lib.DeleteGroup(topic) }), "deleting a group with members")
	member.Close()
	Until("the group is empty", func() bool { state, _ := lib.Group(topic); return state == "Empty" })
	lib.DeleteGroup(topic)
	Check(!slices.Contains(lib.Groups(), topic), "the deleted group is still listed")
	Equal(noGroup, code(lib, func() { lib.DeleteGroup(topic) }), "deleting it again")
}

func transactional(lib Library, topic string) {
	start := time.Now()
	err := lib.Transactional(topic)
	took := time.Since(start)
	fmt.Printf("after %v: %v\n", took, err)
	Check(err != nil, "the transactional producer started")
	Check(took < 10*time.Second, "the error took %v: %v", took, err)
}
