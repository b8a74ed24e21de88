// Package network lays the cluster's cables: a bridge on the host and a network namespace for each node, with plain routes
// between them. Pods are routed too (the ptp plugin), so no traffic crosses a bridge that filters would have to see.
package network

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"weir.dev/e2e/kubernetes/internal/layout"
	"weir.dev/e2e/kubernetes/internal/process"
)

// Up makes the bridge and the host's routes to the pods. The host forwards nothing: its own settings stay as they are.
func Up(nodes int) error {
	commands := []string{
		"link add " + layout.Bridge + " type bridge",
		"addr add " + layout.HostAddress + "/24 dev " + layout.Bridge,
		"link set " + layout.Bridge + " up",
	}
	for n := 1; n <= nodes; n++ {
		commands = append(commands, fmt.Sprintf("route add %s via %s", layout.NodePods(n), layout.NodeAddress(n)))
	}
	return run(nil, commands)
}

// Plug gives a node a fresh network: a namespace, a cable to the bridge and routes to the other nodes' pods.
func Plug(n, nodes int) error {
	link, space := layout.NodeLink(n), layout.NodeSpace(n)
	if err := run(nil, []string{
		"netns add " + space,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", link, space),
		fmt.Sprintf("link set %s master %s up", link, layout.Bridge),
	}); err != nil {
		return err
	}
	if err := process.InNetns(SpacePath(n), func() error {
		// Below /proc/sys/net the kernel shows the settings of the namespace that the asking thread is in.
		for name, value := range map[string]string{"ipv4/ip_forward": "1", "ipv4/conf/all/rp_filter": "0"} {
			if err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return run([]string{"-n", space}, inside(n, nodes))
}

// inside is what a node's own network consists of.
func inside(n, nodes int) []string {
	commands := []string{
		"link set lo up",
		fmt.Sprintf("addr add %s/24 dev eth0", layout.NodeAddress(n)),
		"link set eth0 up",
		// kube-proxy rewrites what goes to a Service before it leaves; the node only needs to believe that there is a way.
		fmt.Sprintf("route add %s via %s", layout.Services, layout.HostAddress),
		// There is no way out of the cluster, and whoever looks for one is told at once.
		"route add unreachable default",
	}
	for other := 1; other <= nodes; other++ {
		if other != n {
			commands = append(commands, fmt.Sprintf("route add %s via %s", layout.NodePods(other), layout.NodeAddress(other)))
		}
	}
	return commands
}

// Unplug takes a node's network away, with all the rules and addresses in it.
func Unplug(n int) error {
	// The host's end goes first: with the namespace alone the kernel frees it later, and its name is taken until then.
	if exists(layout.NodeLink(n)) {
		if err := run(nil, []string{"link del " + layout.NodeLink(n)}); err != nil {
			return err
		}
	}
	if _, err := os.Stat(SpacePath(n)); err != nil {
		return nil
	}
	return run(nil, []string{"netns del " + layout.NodeSpace(n)})
}

// Cut pulls a node's cable, Join puts it in again; the node runs on.
func Cut(n int) error  { return run(nil, []string{"link set " + layout.NodeLink(n) + " down"}) }
func Join(n int) error { return run(nil, []string{"link set " + layout.NodeLink(n) + " up"}) }

// Down removes everything that is the cluster's, whichever run made it.
func Down() error {
	var failed []error
	links, err := os.ReadDir("/sys/class/net")
	if err != nil {
		return err
	}
	for _, l := range links {
		if layout.OurLink(l.Name()) || l.Name() == layout.Bridge {
			failed = append(failed, run(nil, []string{"link del " + l.Name()}))
		}
	}
	spaces, _ := os.ReadDir(layout.Netns)
	others := false
	for _, s := range spaces {
		if layout.OurSpace(s.Name()) {
			failed = append(failed, run(nil, []string{"netns del " + s.Name()}))
		} else {
			others = true
		}
	}
	if !others {
		// `ip netns add` made the folder a mount; without namespaces in it nobody needs it.
		if err := syscall.Unmount(layout.Netns, 0); err == nil {
			_ = os.Remove(layout.Netns)
		}
	}
	return errors.Join(failed...)
}

// Leftovers says whether there is anything for Down to do.
func Leftovers() bool {
	links, _ := os.ReadDir("/sys/class/net")
	for _, l := range links {
		if layout.OurLink(l.Name()) || l.Name() == layout.Bridge {
			return true
		}
	}
	spaces, _ := os.ReadDir(layout.Netns)
	for _, s := range spaces {
		if layout.OurSpace(s.Name()) {
			return true
		}
	}
	return false
}

// SpacePath is the file that stands for a node's network namespace.
func SpacePath(n int) string { return filepath.Join(layout.Netns, layout.NodeSpace(n)) }

func exists(link string) bool {
	_, err := os.Stat(filepath.Join("/sys/class/net", link))
	return err == nil
}

func run(options, commands []string) error {
	for _, c := range commands {
		if err := process.Run(append(append([]string{"ip"}, options...), strings.Fields(c)...)...); err != nil {
			return err
		}
	}
	return nil
}
