// Package node makes a node out of namespaces of this machine: it gets its own network, mounts and processes, and in them
// a containerd, a kubelet and a kube-proxy. A power cut is one SIGKILL, a pulled cable one link that goes down, and
// neither a mount nor a process nor a firewall rule can outlive the node.
package node

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"weir.dev/e2e/kubernetes/internal/host"
	"weir.dev/e2e/kubernetes/internal/layout"
	"weir.dev/e2e/kubernetes/internal/network"
	"weir.dev/e2e/kubernetes/internal/process"
)

// Boot gives a node its network and starts it, for the first time or after a power cut.
func Boot(r layout.Run, n, nodes int) error {
	if process.Alive(string(r), layout.NodeName(n)) {
		return fmt.Errorf("%s is running", layout.NodeName(n))
	}
	if err := network.Unplug(n); err != nil {
		return err
	}
	if err := network.Plug(n, nodes); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return process.Start(process.Spec{
		Run: string(r), Program: layout.NodeName(n), Log: r.Log(layout.NodeName(n)),
		Argv:  []string{self, "node", string(r), layout.NodeName(n)},
		Netns: network.SpacePath(n),
	})
}

// Halt cuts a node's power. Its network goes too, or the kernel would go on answering for the dead node.
func Halt(r layout.Run, n int) error {
	if err := process.Kill(string(r), layout.NodeName(n), 20*time.Second); err != nil {
		return err
	}
	return network.Unplug(n)
}

// Load puts image archives on the nodes that run.
func Load(r layout.Run, nodes int, files []string) error {
	failed := make(chan error, nodes)
	for n := 1; n <= nodes; n++ {
		go func() {
			if !process.Alive(string(r), layout.NodeName(n)) {
				failed <- nil
				return
			}
			for _, f := range files {
				if err := load(r.Socket(n), f); err != nil {
					failed <- fmt.Errorf("%s: %w", layout.NodeName(n), err)
					return
				}
			}
			failed <- nil
		}()
	}
	var err error
	for range nodes {
		if e := <-failed; e != nil {
			err = e
		}
	}
	return err
}

func load(socket, file string) error {
	return process.Run("ctr", "-a", socket, "-n", "k8s.io", "images", "import", file)
}

// service is a program of the node that is started again whenever it ends, as an init system would.
type service struct {
	name string
	argv []string
	pid  int
}

// Main is the node's first process.
func Main(r layout.Run, name string) error {
	n, ok := layout.NodeNumber(name)
	if !ok {
		return fmt.Errorf("%q is no node's name", name)
	}
	state, err := r.Load()
	if err != nil {
		return err
	}
	if err := mounts(r, n); err != nil {
		return err
	}
	if err := files(r, n); err != nil {
		return err
	}
	if err := host.MakeCgroup(name); err != nil {
		return fmt.Errorf("control groups: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// An order to end that reaches a first process without a handler is dropped by the kernel.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		os.Exit(0)
	}()

	containerd := &service{name: "containerd", argv: []string{"containerd", "--config", r.Node(n, "containerd.toml")}}
	if err := containerd.start(r, name); err != nil {
		return err
	}
	if err := loadAtBoot(r, n, state); err != nil {
		return err
	}
	if err := await(60*time.Second, "the API server", func() bool { return answers(state.Server()) }); err != nil {
		return err
	}
	services := []*service{containerd,
		{name: "kubelet", argv: []string{self, "kubelet", "--config=" + r.Node(n, "kubelet.yaml"), "--kubeconfig=" + r.Kubeconfig(name),
			"--root-dir=/var/lib/kubelet", "--hostname-override=" + name, "--node-ip=" + layout.NodeAddress(n), "--cert-dir=" + r.Node(n, "run"),
			fmt.Sprintf("--node-labels=topology.kubernetes.io/zone=zone%d,topology.kubernetes.io/region=test", n)}},
		{name: "kube-proxy", argv: []string{self, "kube-proxy", "--config=" + r.Node(n, "proxy.yaml")}},
	}
	for _, s := range services[1:] {
		if err := s.start(r, name); err != nil {
			return err
		}
	}
	return reap(r, name, services)
}

// reap waits for whatever ends: orphans of containers, which nobody else waits for, and the services.
func reap(r layout.Run, name string, services []*service) error {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("all processes of the node have ended: %w", err)
		}
		for _, s := range services {
			if s.pid != pid {
				continue
			}
			fmt.Printf("%s ended with status %#x; it is started again\n", s.name, status)
			time.Sleep(500 * time.Millisecond)
			if err := s.start(r, name); err != nil {
				return err
			}
		}
	}
}

func (s *service) start(r layout.Run, node string) error {
	log, err := os.OpenFile(r.Log(node+"-"+s.name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	program, err := lookPath(s.argv[0])
	if err != nil {
		return err
	}
	// Not exec.Cmd: it would wait for its own child, and reap waits for all.
	p, err := os.StartProcess(program, s.argv, &os.ProcAttr{Files: []*os.File{nil, log, log}, Env: os.Environ(), Dir: string(r)})
	if err != nil {
		return fmt.Errorf("starting %s: %w", s.name, err)
	}
	s.pid = p.Pid
	return p.Release()
}

func lookPath(name string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode()&0o111 != 0 {
			return filepath.Join(dir, name), nil
		}
	}
	return "", fmt.Errorf("%s is not installed", name)
}

// mounts lays the node's own folders over the paths that kubelet, containerd and the CNI plugins insist on.
func mounts(r layout.Run, n int) error {
	// Mounts that the host makes later, volumes above all, must appear here, and none from here there.
	if err := syscall.Mount("", "/", "", syscall.MS_SLAVE|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("separating the node's mounts: %w", err)
	}
	// Containers take theirs from the node in the same way.
	if err := syscall.Mount("", "/", "", syscall.MS_SHARED|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("sharing the node's mounts with its containers: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := syscall.Mount("tmpfs", "/run/containerd", "tmpfs", 0, "mode=0711"); err != nil {
		return fmt.Errorf("mounting /run/containerd: %w", err)
	}
	for _, to := range host.Mountpoints {
		if to == "/run/containerd" {
			continue // sockets of the pods' shims: gone with the power
		}
		from := r.Node(n, "disk", to)
		if err := os.MkdirAll(from, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s on %s: %w", from, to, err)
		}
	}
	return nil
}

func files(r layout.Run, n int) error {
	for _, folder := range []string{"containerd", "cni", "run", "ipam"} {
		if err := os.MkdirAll(r.Node(n, folder), 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{
		"cni/10-weir.conflist": cniConfig(r, n),
		"containerd.toml":      containerdConfig(r, n, host.Plugins()),
		"kubelet.yaml":         kubeletConfig(r, n),
		"proxy.yaml":           proxyConfig(r, n),
	} {
		if err := os.WriteFile(r.Node(n, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// loadAtBoot waits for containerd and gives it the images, unless its disk has them from an earlier boot.
func loadAtBoot(r layout.Run, n int, state layout.State) error {
	if err := await(30*time.Second, "containerd", func() bool {
		return process.Run("ctr", "-a", r.Socket(n), "version") == nil
	}); err != nil {
		return fmt.Errorf("%w; the end of its log:\n%s", err, process.Tail(r.Log(layout.NodeName(n)+"-containerd"), 5))
	}
	loaded := r.Node(n, "images-loaded")
	if _, err := os.Stat(loaded); err == nil {
		return nil
	}
	archives := []string{r.PauseImage()}
	if state.Images != "" {
		more, err := filepath.Glob(filepath.Join(state.Images, "*.tar"))
		if err != nil {
			return err
		}
		archives = append(archives, more...)
	}
	var wait sync.WaitGroup
	failed := make(chan error, len(archives))
	for _, a := range archives {
		wait.Go(func() { failed <- load(r.Socket(n), a) })
	}
	wait.Wait()
	for range archives {
		if err := <-failed; err != nil {
			return err
		}
	}
	return os.WriteFile(loaded, nil, 0o644)
}

func await(limit time.Duration, what string, done func() bool) error {
	for end := time.Now().Add(limit); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("%s does not answer after %v", what, limit)
		}
	}
	return nil
}

func answers(server string) bool {
	u, err := url.Parse(server)
	if err != nil {
		return false
	}
	c, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
