package layout

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for n := 1; n <= MaxNodes; n++ {
		if got, ok := NodeNumber(NodeName(n)); !ok || got != n {
			t.Errorf("%s: %d, %v", NodeName(n), got, ok)
		}
		if !OurLink(NodeLink(n)) || !OurSpace(NodeSpace(n)) {
			t.Errorf("node %d: own link or namespace is not recognised", n)
		}
		if len(NodeLink(n)) > 15 {
			t.Errorf("%s is too long for a link", NodeLink(n))
		}
	}
	for _, bad := range []string{"", "node", "node0", "node01", "node21", "node1x", "xnode1"} {
		if _, ok := NodeNumber(bad); ok {
			t.Errorf("%q is taken for a node", bad)
		}
	}
	for _, others := range []string{"weirbr0", "weir-nx", "eth0", "weir-n"} {
		if OurLink(others) || OurSpace(others) {
			t.Errorf("%q is taken for ours", others)
		}
	}
}

func TestNewRunRefusesLongPaths(t *testing.T) {
	if _, err := NewRun(DefaultRun); err != nil {
		t.Error(err)
	}
	_, err := NewRun("/" + strings.Repeat("x", 100))
	if err == nil || !strings.Contains(err.Error(), "--run") {
		t.Errorf("a long path: %v", err)
	}
}

func TestState(t *testing.T) {
	r := Run(t.TempDir())
	if _, err := r.Load(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no state: %v", err)
	}
	if err := r.Save(State{Nodes: 3, APIPort: 6443, Sysctls: map[string]string{"kernel.panic": "1"}}); err != nil {
		t.Fatal(err)
	}
	s, err := r.Load()
	if err != nil || s.Nodes != 3 || s.Sysctls["kernel.panic"] != "1" || s.Server() != "https://10.199.0.1:6443" {
		t.Errorf("%+v, %v", s, err)
	}
	if err := r.CheckUsable(); err != nil {
		t.Error(err)
	}
}

func TestForeignFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := Run(dir).CheckUsable(); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
	if err := Run(filepath.Join(dir, "new")).CheckUsable(); err != nil {
		t.Errorf("a new folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Run(dir).CheckUsable(); err == nil {
		t.Error("a folder with somebody's files is taken")
	}
}
