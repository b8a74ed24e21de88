package process

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	environ := []byte("PATH=/bin\x00WEIR_KUBERNETES_RUN=/run/a\x00WEIR_KUBERNETES_PROGRAM=etcd\x00")
	for _, c := range []struct {
		run, program string
		want         bool
	}{
		{"/run/a", "etcd", true},
		{"/run/a", "", true},
		{"/run/a", "node1", false},
		{"/run", "etcd", false},
		{"/run/ab", "", false},
	} {
		if _, got := match(environ, c.run, c.program); got != c.want {
			t.Errorf("run %q, program %q: %v", c.run, c.program, got)
		}
	}
	if _, got := match(nil, "/run/a", ""); got {
		t.Error("a process without an environment belongs to a run")
	}
}

func TestParseStartTime(t *testing.T) {
	stat := "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2"
	if got, err := parseStartTime(stat); err != nil || got != 987654 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := parseStartTime("42 (a) S 1"); err == nil {
		t.Error("a short line is taken")
	}
	if _, err := StartTime(os.Getpid()); err != nil {
		t.Error(err)
	}
}

// A program is found while it lives, by its run and its name, and not after it was killed.
func TestStartFindKill(t *testing.T) {
	run := t.TempDir()
	s := Spec{Run: run, Program: "sleeper", Log: filepath.Join(run, "log"), Argv: []string{"/bin/sleep", "60"}}
	if err := Start(s); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); !Alive(run, "sleeper"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not found")
		}
	}
	if Alive(run, "other") {
		t.Error("found under another name")
	}
	if err := Kill(run, "", 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if Alive(run, "sleeper") {
		t.Error("lives after it was killed")
	}
}

func TestTail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte("a\nb\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Tail(file, 2); got != "b\nc" {
		t.Errorf("%q", got)
	}
}
