// Package matrix holds the cases of the matrix for Go clients, written once over a small adapter for each library.
//
// Command line: BOOTSTRAP PREFIX CASE..., one JSON line for each case.
package matrix

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"
)

// Error codes that the cases expect.
const (
	outOfRange     = 1
	unknownTopic   = 3
	tooLarge       = 10
	invalidTopic   = 17
	topicExists    = 36
	invalidCount   = 37
	invalidReplica = 38
	invalidConfig  = 40
	invalidRequest = 42
	nonEmptyGroup  = 68
	noGroup        = 69
)

const wait = 45 * time.Second

// Header is one header of a record.
type Header struct {
	Key   string
	Value []byte
}

// Record is what the cases write and read; partition -1 leaves the choice to the client.
type Record struct {
	Partition  int32
	Offset     int64
	Key, Value []byte
	Headers    []Header
	Millis     int64
}

// Options of a member of a group.
type Options struct {
	Instance    string
	Cooperative bool
	Protocol848 bool
}

// Member consumes in the background.
type Member interface {
	Values() []string
	Assigned() []int32
	Revoked() []int32
	Rebalances() int
	Commit() map[int32]int64
	Close()
}

// Library is the adapter of one client library. Its methods panic with an error.
type Library interface {
	Cannot() map[string]string
	NullHeaders() bool
	TellsEmptyKeys() bool
	Code(err error) int
	Close()
	Create(topic string, partitions int32, replicas int16, configs map[string]string)
	Produce(topic string, records []Record, codec string, idempotent bool) []Record
	Read(topic string, partition int32, from int64, count int) []Record
	Bounds(topic string, partition int32) (int64, int64)
	OffsetForTime(topic string, partition int32, millis int64) int64
	Join(topic, group string, options Options) Member
	DeleteBefore(topic string, partition int32, offset int64)
	Topics() []string
	Partitions(topic string) int
	Grow(topic string, partitions int)
	Delete(topic string)
	Config(topic string) map[string]string
	Alter(topic, name, value string)
	Groups() []string
	Group(name string) (string, int)
	Committed(group, topic string, partition int32) int64
	DeleteGroup(name string)
	Transactional(id string) error
}

// Must panics with an error.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}

// Equal panics unless both are the same.
func Equal(wanted, found any, what string) {
	if !reflect.DeepEqual(wanted, found) {
		panic(fmt.Errorf("%s: wanted %v, found %v", what, wanted, found))
	}
}

// Check panics unless it holds.
func Check(holds bool, what string, args ...any) {
	if !holds {
		panic(fmt.Errorf(what, args...))
	}
}

// Until waits for something that others bring about.
func Until(what string, done func() bool) {
	for end := time.Now().Add(wait); !done(); time.Sleep(20 * time.Millisecond) {
		Check(time.Now().Before(end), "never: %s", what)
	}
}

func code(lib Library, action func()) (found int) {
	defer func() {
		if caught := recover(); caught != nil {
			err, known := caught.(error)
			Check(known, "panic: %v", caught)
			fmt.Println("refused:", err)
			found = lib.Code(err)
		}
	}()
	action()
	return 0
}

// Main runs the cases of the command line.
func Main(open func(bootstrap string) Library) {
	bootstrap, prefix := os.Args[1], os.Args[2]
	for _, name := range os.Args[3:] {
		result, reason := run(open, bootstrap, prefix, name)
		line, _ := json.Marshal(map[string]string{"case": name, "result": result, "reason": reason})
		fmt.Println(string(line))
	}
}

func run(open func(bootstrap string) Library, bootstrap, prefix, name string) (result, reason string) {
	defer func() {
		if caught := recover(); caught != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s\n", caught, debug.Stack())
			result, reason = "failed", fmt.Sprint(caught)
		}
	}()
	lib := open(bootstrap)
	defer lib.Close()
	if why, left := lib.Cannot()[name]; left {
		return "skipped", why
	}
	topic := prefix + "-" + name
	if codec, found := strings.CutPrefix(name, "codec-"); found {
		codecs(lib, topic, codec)
		return "ok", ""
	}
	body, known := cases[name]
	if !known {
		return "skipped", "this program has no such case"
	}
	body(lib, topic)
	return "ok", ""
}
