// Package host is what a test cluster asks of the machine: the rights and programs it needs, and the settings and control
// groups that it changes and puts back.
package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir.dev/e2e/kubernetes/internal/layout"
)

// Needed programs and the Debian packages that bring them.
var programs = []struct{ name, pkg string }{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{"ip", "iproute2"},
	{"nft", "nftables"},
	{"iptables", "iptables"},
	{"conntrack", "conntrack"},
	{"mount", "mount"},
	{"losetup", "mount"},
	{"mkfs.xfs", "xfsprogs"},
	{"xfs_growfs", "xfsprogs"},
}

// Folders where distributions keep the CNI plugins.
var pluginFolders = []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"}

// Check says what is missing for a cluster with nodes, all of it at once.
func Check() error {
	if os.Geteuid() != 0 {
		return errors.New("nodes need network and mount namespaces, bridges and mounts: run this as root (`up 0`, API server and etcd only, runs as any user)")
	}
	return check(func(name string) bool { _, err := exec.LookPath(name); return err == nil }, Plugins() != "")
}

func check(installed func(string) bool, plugins bool) error {
	var missing, packages []string
	need := func(what, pkg string) {
		missing = append(missing, what)
		if !slices.Contains(packages, pkg) {
			packages = append(packages, pkg)
		}
	}
	for _, p := range programs {
		if !installed(p.name) {
			need(p.name, p.pkg)
		}
	}
	if !plugins {
		need("the CNI plugins ptp, portmap and host-local", "containernetworking-plugins")
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("missing on this machine: %s. On Debian: apt-get update && apt-get install -y --no-install-recommends %s",
		strings.Join(missing, ", "), strings.Join(packages, " "))
}

// Plugins is the folder of the CNI plugins, or "".
func Plugins() string {
	for _, folder := range pluginFolders {
		if _, err := os.Stat(filepath.Join(folder, "ptp")); err == nil {
			return folder
		}
	}
	return ""
}

// A kubelet sets these for the whole machine, not for its namespaces only.
var sysctls = []string{"vm.overcommit_memory", "vm.panic_on_oom", "kernel.panic", "kernel.panic_on_oops", "kernel.keys.root_maxkeys", "kernel.keys.root_maxbytes"}

func sysctlFile(name string) string {
	return filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
}

// Sysctls reads the settings that a cluster with nodes changes.
func Sysctls() map[string]string {
	values := map[string]string{}
	for _, name := range sysctls {
		if b, err := os.ReadFile(sysctlFile(name)); err == nil {
			values[name] = strings.TrimSpace(string(b))
		}
	}
	return values
}

// RestoreSysctls puts settings back.
func RestoreSysctls(values map[string]string) error {
	var failed []error
	for name, value := range values {
		if b, err := os.ReadFile(sysctlFile(name)); err == nil && strings.TrimSpace(string(b)) == value {
			continue
		}
		if err := os.WriteFile(sysctlFile(name), []byte(value), 0); err != nil {
			failed = append(failed, fmt.Errorf("putting %s back to %s: %w", name, value, err))
		}
	}
	return errors.Join(failed...)
}

// Mountpoints are fixed paths in kubelet, containerd and the CNI plugins, over which each node mounts folders of its own.
// They must exist on the machine; nothing is written there.
var Mountpoints = []string{"/run/containerd", "/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/var/log/containers"}

// Missing gives the folders, outermost first, that MkdirAll would make for these paths.
func Missing(paths []string) []string {
	var missing []string
	for _, p := range paths {
		var chain []string
		for ; p != "/"; p = filepath.Dir(p) {
			if _, err := os.Stat(p); err == nil {
				break
			}
			chain = append([]string{p}, chain...)
		}
		for _, c := range chain {
			if !slices.Contains(missing, c) {
				missing = append(missing, c)
			}
		}
	}
	return missing
}

// RemoveFolders takes folders away that were made for a run, innermost first, and leaves those that are in use by now.
func RemoveFolders(made []string) {
	for _, folder := range slices.Backward(made) {
		_ = os.Remove(folder)
	}
}

const cgroups = "/sys/fs/cgroup"

// unified says whether the machine has version 2 of the control groups only.
func unified() bool {
	_, err := os.Stat(filepath.Join(cgroups, "cgroup.controllers"))
	return err == nil
}

// cgroupRoots are the tops of all hierarchies of control groups.
func cgroupRoots() []string {
	if unified() {
		return []string{cgroups}
	}
	entries, err := os.ReadDir(cgroups)
	if err != nil {
		return nil
	}
	var roots []string
	for _, e := range entries {
		// A link is a second name of a hierarchy; "unified" is version 2 without controllers beside version 1.
		if e.IsDir() && e.Name() != "unified" {
			roots = append(roots, filepath.Join(cgroups, e.Name()))
		}
	}
	return roots
}

// MakeCgroup makes the root group of a node's kubelet: kubelets that share a root take each other's pods for garbage.
func MakeCgroup(node string) error {
	for _, root := range cgroupRoots() {
		groups := []string{filepath.Join(root, layout.Cgroup), filepath.Join(root, layout.Cgroup, node)}
		if unified() {
			// What a group may limit is switched on in its parent.
			for _, parent := range append([]string{root}, groups...) {
				if err := os.MkdirAll(parent, 0o755); err != nil {
					return err
				}
				for _, controller := range []string{"cpuset", "cpu", "io", "memory", "hugetlb", "pids"} {
					_ = os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), []byte("+"+controller), 0)
				}
			}
			continue
		}
		if err := os.MkdirAll(groups[1], 0o755); err != nil {
			return err
		}
		// A new group of version 1 has no processors and no memory until it is told.
		for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
			value, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				continue
			}
			for _, group := range groups {
				if err := os.WriteFile(filepath.Join(group, name), value, 0); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// RemoveCgroups removes the cluster's groups with all below. Processes must have ended; the kernel frees them a moment
// later.
func RemoveCgroups() error {
	var last error
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		last = nil
		for _, root := range cgroupRoots() {
			if err := removeTree(filepath.Join(root, layout.Cgroup)); err != nil {
				last = err
			}
		}
		if last == nil || time.Now().After(end) {
			return last
		}
	}
}

func removeTree(group string) error {
	var folders []string
	err := filepath.WalkDir(group, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders = append(folders, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	for _, folder := range slices.Backward(folders) {
		if e := os.Remove(folder); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = e
		}
	}
	return err
}
