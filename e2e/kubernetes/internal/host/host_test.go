package host

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCheckNamesPackagesOnce(t *testing.T) {
	err := check(func(name string) bool { return name != "containerd" && name != "ctr" && name != "nft" }, false)
	if err == nil {
		t.Fatal("nothing is missing")
	}
	for _, want := range []string{"missing on this machine: containerd, ctr, nft, the CNI plugins", "--no-install-recommends containerd nftables containernetworking-plugins"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	if err := check(func(string) bool { return true }, true); err != nil {
		t.Error(err)
	}
}

func TestMissing(t *testing.T) {
	dir := t.TempDir()
	got := Missing([]string{filepath.Join(dir, "a", "b"), filepath.Join(dir, "a", "c"), dir})
	want := []string{filepath.Join(dir, "a"), filepath.Join(dir, "a", "b"), filepath.Join(dir, "a", "c")}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
