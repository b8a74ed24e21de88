package matrix

import (
	"slices"
	"sync"
)

// Seen is what a member got and lost, for adapters to fill in and cases to read.
type Seen struct {
	lock       sync.Mutex
	values     []string
	assigned   map[int32]bool
	revoked    []int32
	rebalances int
	next       map[int32]int64
}

// NewSeen has seen nothing.
func NewSeen() *Seen {
	return &Seen{assigned: map[int32]bool{}, next: map[int32]int64{}}
}

// Got notes a record.
func (s *Seen) Got(partition int32, offset int64, value []byte) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.values = append(s.values, string(value))
	s.next[partition] = offset + 1
}

// Assign notes partitions that came.
func (s *Seen) Assign(partitions ...int32) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.rebalances++
	for _, partition := range partitions {
		s.assigned[partition] = true
	}
}

// Revoke notes partitions that went.
func (s *Seen) Revoke(partitions ...int32) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, partition := range partitions {
		delete(s.assigned, partition)
		delete(s.next, partition)
		s.revoked = append(s.revoked, partition)
	}
}

// Next is the offset after the last record of each partition.
func (s *Seen) Next() map[int32]int64 {
	s.lock.Lock()
	defer s.lock.Unlock()
	next := map[int32]int64{}
	for partition, offset := range s.next {
		next[partition] = offset
	}
	return next
}

// Values are all that was read.
func (s *Seen) Values() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.Clone(s.values)
}

// Assigned are the present partitions.
func (s *Seen) Assigned() []int32 {
	s.lock.Lock()
	defer s.lock.Unlock()
	var all []int32
	for partition := range s.assigned {
		all = append(all, partition)
	}
	slices.Sort(all)
	return all
}

// Revoked are the partitions that went, in order.
func (s *Seen) Revoked() []int32 {
	s.lock.Lock()
	defer s.lock.Unlock()
	all := slices.Clone(s.revoked)
	slices.Sort(all)
	return all
}

// Rebalances is how often partitions came.
func (s *Seen) Rebalances() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.rebalances
}

func different(values ...[]string) int {
	all := slices.Concat(values...)
	slices.Sort(all)
	return len(slices.Compact(all))
}

func groupRestart(lib Library, topic string) {
	lib.Create(topic, 2, 1, nil)
	lib.Produce(topic, sample(50, "v"), "none", false)
	first := lib.Join(topic, topic, Options{})
	Until("the first half", func() bool { return len(first.Values()) >= 50 })
	places := first.Commit()
	first.Close()
	Check(len(places) > 0, "nothing was committed")
	for partition, offset := range places {
		Equal(offset, lib.Committed(topic, topic, partition), "committed offset")
	}
	lib.Produce(topic, sample(50, "w"), "none", false)
	second := lib.Join(topic, topic, Options{})
	Until("the second half", func() bool { return len(second.Values()) >= 50 })
	second.Close()
	Equal(100, len(first.Values())+len(second.Values()), "records in both runs")
	Equal(100, different(first.Values(), second.Values()), "different records")
}

func share(lib Library, topic string, options Options) {
	lib.Create(topic, 4, 1, nil)
	a := lib.Join(topic, topic, options)
	b := lib.Join(topic, topic, options)
	Until("two partitions each", func() bool { return len(a.Assigned()) == 2 && len(b.Assigned()) == 2 })
	lib.Produce(topic, sample(60, "v"), "none", false)
	Until("all records", func() bool { return len(a.Values())+len(b.Values()) >= 60 })
	Equal(60, len(a.Values())+len(b.Values()), "records at both")
	Equal(60, different(a.Values(), b.Values()), "different records")
	Check(len(a.Values()) > 0 && len(b.Values()) > 0, "one member got all records")
	a.Commit()
	b.Commit()
	a.Close()
	Until("all partitions after the other left", func() bool { return len(b.Assigned()) == 4 })
	before := len(b.Values())
	lib.Produce(topic, sample(20, "w"), "none", false)
	Until("the records after that", func() bool { return len(b.Values()) >= before+20 })
	Equal(before+20, len(b.Values()), "records after that")
	b.Close()
}

func staticMembers(lib Library, topic string) {
	lib.Create(topic, 4, 1, nil)
	a := lib.Join(topic, topic, Options{Instance: "a"})
	b := lib.Join(topic, topic, Options{Instance: "b"})
	Until("two partitions each", func() bool { return len(a.Assigned()) == 2 && len(b.Assigned()) == 2 })
	had, rebalances := b.Assigned(), a.Rebalances()
	b.Close()
	again := lib.Join(topic, topic, Options{Instance: "b"})
	Until("the partitions of the one who came back", func() bool { return len(again.Assigned()) == 2 })
	Equal(had, again.Assigned(), "partitions of the one who came back")
	Equal(rebalances, a.Rebalances(), "rebalances that the other saw")
	a.Close()
	again.Close()
}

func cooperative(lib Library, topic string) {
	lib.Create(topic, 4, 1, nil)
	a := lib.Join(topic, topic, Options{Cooperative: true})
	Until("all partitions", func() bool { return len(a.Assigned()) == 4 })
	b := lib.Join(topic, topic, Options{Cooperative: true})
	Until("two partitions each", func() bool { return len(a.Assigned()) == 2 && len(b.Assigned()) == 2 })
	Equal(2, len(a.Revoked()), "partitions taken from the first member")
	Equal(b.Assigned(), a.Revoked(), "what one lost and the other got")
	a.Close()
	b.Close()
}
