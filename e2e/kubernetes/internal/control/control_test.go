package control

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"weir.dev/e2e/kubernetes/internal/layout"
)

func TestCertificates(t *testing.T) {
	r := layout.Run(t.TempDir())
	if err := Certificates(r, layout.State{Nodes: 2, APIPort: 6443}); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"admin", "proxy", Manager, Scheduler, "node1", "node2"} {
		b, err := os.ReadFile(r.Kubeconfig(user))
		if err != nil || !strings.Contains(string(b), "server: https://10.199.0.1:6443") {
			t.Errorf("%s: %v", user, err)
		}
	}
	if _, err := os.Stat(r.Kubeconfig("node3")); err == nil {
		t.Error("a node too many")
	}
}

func TestArguments(t *testing.T) {
	full, light := layout.State{Nodes: 3, APIPort: 6443, EtcdPort: 1, PeerPort: 2}, layout.State{APIPort: 7000}
	for _, p := range Programs {
		if _, err := arguments(p, "/run/x", full); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if _, err := arguments("node9000", "/run/x", full); err == nil || !strings.Contains(err.Error(), "kube-apiserver") {
		t.Errorf("an unknown program: %v", err)
	}
	flags, _ := arguments(API, "/run/x", light)
	if all := strings.Join(flags, " "); !strings.Contains(all, "--bind-address=127.0.0.1 ") || !strings.Contains(all, "--endpoint-reconciler-type=none") {
		t.Error(all)
	}
}

func TestAwaitTellsWhatEnded(t *testing.T) {
	r := layout.Run(t.TempDir())
	if err := os.Mkdir(r.Logs(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.Log(Etcd), []byte("no space left\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := Await(ctx, r, []string{Etcd}, func() error { return errors.New("connection refused") })
	if err == nil || !strings.Contains(err.Error(), "etcd ended") || !strings.Contains(err.Error(), "no space left") {
		t.Error(err)
	}
}
