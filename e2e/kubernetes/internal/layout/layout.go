// Package layout says where everything of a test cluster is: the names and addresses it takes on the machine and the
// paths below its run folder.
package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// What the cluster takes on the machine. All of it is the machine's, not a run's: this is why a machine can have one
// cluster with nodes only.
const (
	Bridge      = "weirbr0"
	linkPrefix  = "weir-n"
	spacePrefix = "weir-node"
	Cgroup      = "weir-kubernetes"
	Netns       = "/run/netns"

	HostAddress = "10.199.0.1" // the host's own address on the bridge: API server and DNS listen there
	HostNetwork = "10.199.0.0/24"
	Pods        = "10.244.0.0/16"
	Services    = "10.96.0.0/16"
	FirstIP     = "10.96.0.1" // the API server's own Service

	FirstBalancer = "10.199.0.100" // addresses for Services of type LoadBalancer, up to LastBalancer
	LastBalancer  = "10.199.0.199"

	MaxNodes = 20
	Pause    = "e2e.weir.dev/pause:1"
	// DefaultRun is not below /tmp: container images are unpacked there, and only root may have made it.
	DefaultRun = "/var/lib/weir-kubernetes"
)

// NodeName is the name of a node in Kubernetes and of its pid file and logs.
func NodeName(n int) string { return "node" + strconv.Itoa(n) }

// NodeAddress is a node's address on the bridge.
func NodeAddress(n int) string { return fmt.Sprintf("10.199.0.%d", 10+n) }

// NodePods is the network of a node's pods.
func NodePods(n int) string { return fmt.Sprintf("10.244.%d.0/24", n) }

// NodeLink is the host's end of a node's network cable.
func NodeLink(n int) string { return linkPrefix + strconv.Itoa(n) }

// NodeSpace is the name of a node's network namespace, as `ip netns` shows it.
func NodeSpace(n int) string { return spacePrefix + strconv.Itoa(n) }

var (
	nodePattern  = regexp.MustCompile(`^node([1-9][0-9]?)$`)
	linkPattern  = regexp.MustCompile(`^` + linkPrefix + `[0-9]+$`)
	spacePattern = regexp.MustCompile(`^` + spacePrefix + `[0-9]+$`)
)

// NodeNumber is the opposite of NodeName.
func NodeNumber(name string) (int, bool) {
	m := nodePattern.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil && n <= MaxNodes
}

// OurLink and OurSpace tell what a crashed run left from what belongs to others.
func OurLink(name string) bool { return linkPattern.MatchString(name) }

// OurSpace is OurLink for network namespaces.
func OurSpace(name string) bool { return spacePattern.MatchString(name) }

// Run is the folder that holds a run's whole state.
type Run string

// NewRun checks a folder's path before anything depends on it.
func NewRun(dir string) (Run, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	r := Run(dir)
	// Linux takes 107 bytes for the path of a socket, and containerd appends ".ttrpc".
	if longest := r.Socket(MaxNodes) + ".ttrpc"; len(longest) > 107 {
		return "", fmt.Errorf("the path %s is too long by %d bytes for the sockets below it: choose a shorter one with --run", dir, len(longest)-107)
	}
	return r, nil
}

func (r Run) path(elements ...string) string {
	return filepath.Join(append([]string{string(r)}, elements...)...)
}

func (r Run) Pki(file string) string        { return r.path("pki", file) }
func (r Run) Kubeconfig(user string) string { return r.path(user + ".kubeconfig") }
func (r Run) Log(program string) string     { return r.path("log", program+".log") }
func (r Run) Logs() string                  { return r.path("log") }
func (r Run) Volumes() string               { return r.path("volumes") }
func (r Run) Etcd() string                  { return r.path("etcd") }
func (r Run) PauseImage() string            { return r.path("pause.tar") }
func (r Run) Corefile() string              { return r.path("Corefile") }
func (r Run) ResolvConf() string            { return r.path("resolv.conf") }
func (r Run) Plugins() string               { return r.path("plugins") }
func (r Run) Node(n int, elements ...string) string {
	return r.path(append([]string{NodeName(n)}, elements...)...)
}
func (r Run) Socket(n int) string { return r.Node(n, "containerd.sock") }
func (r Run) stateFile() string   { return r.path("state.json") }

// State is what later commands must know of a run. It is written before anything else is made, so that a run that died
// half-way can be cleaned up.
type State struct {
	Nodes    int       // 0: API server and etcd only
	Images   string    // folder of image archives that every node loads at its first boot
	Checkout string    // the working copy that the run was started from
	Owner    int       `json:",omitempty"` // a process while whose life nobody else may end the run
	OwnerAge uint64    `json:",omitempty"` // when it started, since numbers of processes come again
	Started  time.Time // of the run
	APIPort  int
	EtcdPort int
	PeerPort int
	Sysctls  map[string]string `json:",omitempty"` // values to put back
	Folders  []string          `json:",omitempty"` // folders outside the run folder that were made for it
}

// Address is where the API server listens. Without nodes nobody but this machine asks, and no bridge is needed.
func (s State) Address() string {
	if s.Nodes == 0 {
		return "127.0.0.1"
	}
	return HostAddress
}

// Server is the API server's URL.
func (s State) Server() string { return fmt.Sprintf("https://%s:%d", s.Address(), s.APIPort) }

// Load reads the state; fs.ErrNotExist if there is no run.
func (r Run) Load() (State, error) {
	var s State
	b, err := os.ReadFile(r.stateFile())
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("%s can't be read (%w): it was not written by this program", r.stateFile(), err)
	}
	return s, nil
}

// Save writes the state so that it is whole at any moment.
func (r Run) Save(s State) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(r.stateFile()+".new", b, 0o644); err != nil {
		return err
	}
	return os.Rename(r.stateFile()+".new", r.stateFile())
}

// CheckUsable refuses a folder that holds something else: the run folder is removed with all its content at the end.
func (r Run) CheckUsable() error {
	entries, err := os.ReadDir(string(r))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(r.stateFile()); err != nil {
		return fmt.Errorf("%s holds files but no run of a test cluster, and would be removed at the end: name an empty or a new folder with --run", r)
	}
	return nil
}
