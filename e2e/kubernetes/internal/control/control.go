// Package control starts the control plane: programs of the host, without containers.
package control

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir.dev/e2e/kubernetes/internal/layout"
	"weir.dev/e2e/kubernetes/internal/pki"
	"weir.dev/e2e/kubernetes/internal/process"
)

// Names of the programs, by which they can be halted and booted one by one.
const (
	Etcd        = "etcd"
	API         = "kube-apiserver"
	Manager     = "kube-controller-manager"
	Scheduler   = "kube-scheduler"
	DNS         = "coredns"
	Controllers = "controllers" // our own: volumes, addresses of LoadBalancer Services, network policies
)

// Programs is the whole control plane, in the order of its start.
var Programs = []string{Etcd, API, Manager, Scheduler, Controllers, DNS}

// Certificates makes everybody's, and their kubeconfigs.
func Certificates(r layout.Run, s layout.State) error {
	a, err := pki.New(r.Pki(""))
	if err != nil {
		return err
	}
	if err := a.ServiceAccountKeys(); err != nil {
		return err
	}
	names := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost"}
	subjects := []pki.Subject{
		{File: "apiserver", Name: "kube-apiserver", DNS: names, IPs: []string{"127.0.0.1", layout.HostAddress, layout.FirstIP}},
		{File: "apiserver-kubelet", Name: "kube-apiserver-kubelet-client", Organisation: "system:masters"},
		{File: "front-proxy", Name: "front-proxy-client"},
	}
	users := []pki.Subject{
		{File: "admin", Name: "admin", Organisation: "system:masters"},
		{File: Manager, Name: "system:kube-controller-manager"},
		{File: Scheduler, Name: "system:kube-scheduler"},
		{File: "proxy", Name: "system:kube-proxy"},
	}
	for n := 1; n <= s.Nodes; n++ {
		name := layout.NodeName(n)
		users = append(users, pki.Subject{File: name, Name: "system:node:" + name, Organisation: "system:nodes", DNS: []string{name}, IPs: []string{layout.NodeAddress(n)}})
	}
	for _, subject := range subjects {
		if _, _, err := a.Issue(subject); err != nil {
			return err
		}
	}
	for _, user := range users {
		cert, key, err := a.Issue(user)
		if err != nil {
			return err
		}
		if err := os.WriteFile(r.Kubeconfig(user.File), a.Kubeconfig(s.Server(), user.Name, cert, key), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// arguments are a program's flags.
func arguments(program string, r layout.Run, s layout.State) ([]string, error) {
	client := "http://127.0.0.1:" + strconv.Itoa(s.EtcdPort)
	peer := "http://127.0.0.1:" + strconv.Itoa(s.PeerPort)
	switch program {
	case Etcd:
		// Nothing is flushed: what a test cluster holds need not outlive the machine, but it does outlive a kill.
		return []string{"--data-dir", r.Etcd(), "--unsafe-no-fsync", "--log-level", "warn",
			"--listen-client-urls", client, "--advertise-client-urls", client,
			"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer}, nil
	case API:
		return append([]string{"--etcd-servers=" + client,
			"--bind-address=" + s.Address(), "--advertise-address=" + s.Address(), "--secure-port=" + strconv.Itoa(s.APIPort),
			"--tls-cert-file=" + r.Pki("apiserver.crt"), "--tls-private-key-file=" + r.Pki("apiserver.key"), "--client-ca-file=" + r.Pki("ca.crt"),
			"--kubelet-client-certificate=" + r.Pki("apiserver-kubelet.crt"), "--kubelet-client-key=" + r.Pki("apiserver-kubelet.key"),
			"--kubelet-certificate-authority=" + r.Pki("ca.crt"), "--kubelet-preferred-address-types=InternalIP",
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-signing-key-file=" + r.Pki("sa.key"), "--service-account-key-file=" + r.Pki("sa.pub"),
			"--service-cluster-ip-range=" + layout.Services, "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
			"--allow-privileged=true", "--profiling=false",
			"--requestheader-client-ca-file=" + r.Pki("ca.crt"), "--requestheader-allowed-names=front-proxy-client",
			"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + r.Pki("front-proxy.crt"), "--proxy-client-key-file=" + r.Pki("front-proxy.key"),
			// Pods leave a dead node after 20 s, not after 300.
			"--default-not-ready-toleration-seconds=20", "--default-unreachable-toleration-seconds=20",
		}, endpoints(s)...), nil
	case Manager:
		flags := []string{"--kubeconfig=" + r.Kubeconfig(Manager), "--leader-elect=false", "--bind-address=127.0.0.1", "--use-service-account-credentials=true",
			"--service-account-private-key-file=" + r.Pki("sa.key"), "--root-ca-file=" + r.Pki("ca.crt"),
			"--cluster-signing-cert-file=" + r.Pki("ca.crt"), "--cluster-signing-key-file=" + r.Pki("ca.key"),
			"--allocate-node-cidrs=false", "--profiling=false", "--flex-volume-plugin-dir=" + r.Plugins(),
			// A dead node shows after 12 s, not after 50.
			"--node-monitor-period=1s", "--node-monitor-grace-period=12s"}
		if s.Nodes == 0 {
			flags = append(flags, "--secure-port=0") // several light clusters may run beside each other
		}
		return flags, nil
	case Scheduler:
		return []string{"--kubeconfig=" + r.Kubeconfig(Scheduler), "--leader-elect=false", "--bind-address=127.0.0.1", "--profiling=false"}, nil
	case DNS:
		return []string{"-conf", r.Corefile()}, nil
	case Controllers:
		return []string{string(r)}, nil
	}
	return nil, fmt.Errorf("%q is neither a node (%s, ...) nor a program of the control plane (%s)", program, layout.NodeName(1), strings.Join(Programs, ", "))
}

// endpoints: an API server on the loopback can't be a Service's endpoint, and without nodes nobody looks for one.
func endpoints(s layout.State) []string {
	if s.Nodes == 0 {
		return []string{"--endpoint-reconciler-type=none"}
	}
	return nil
}

// Corefile serves the cluster's names on the bridge. The second block makes every other name one that does not exist: what
// CoreDNS says without it (REFUSED) the C library takes for a failure of the server, for every name that is tried on the way.
func Corefile(r layout.Run) string {
	return fmt.Sprintf(`cluster.local in-addr.arpa {
  bind %[1]s
  errors
  ready 127.0.0.1:8181
  kubernetes {
    kubeconfig %[2]s weir-test
    ttl 1
  }
}
. {
  bind %[1]s
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`, layout.HostAddress, r.Kubeconfig("admin"))
}

// Start starts one program.
func Start(r layout.Run, s layout.State, program string) error {
	flags, err := arguments(program, r, s)
	if err != nil {
		return err
	}
	if s.Nodes == 0 && slices.Contains([]string{Scheduler, Controllers, DNS}, program) {
		return fmt.Errorf("%s has nothing to do in a cluster without nodes: start one with `up 1`", program)
	}
	if process.Alive(string(r), program) {
		return fmt.Errorf("%s is running", program)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return process.Start(process.Spec{Run: string(r), Program: program, Log: r.Log(program), Argv: append([]string{self, program}, flags...)})
}

// AwaitReady waits until the API server says that it is ready, and tells why if it never is.
func AwaitReady(ctx context.Context, r layout.Run, s layout.State) error {
	pair, err := tls.LoadX509KeyPair(r.Pki("admin.crt"), r.Pki("admin.key"))
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(r.Pki("ca.crt"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		DisableKeepAlives: true,
	}}
	return Await(ctx, r, []string{Etcd, API}, func() error { return get(client, s.Server()+"/readyz") })
}

// AwaitDNS waits until CoreDNS has seen all Services.
func AwaitDNS(ctx context.Context, r layout.Run) error {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{}}
	return Await(ctx, r, []string{DNS}, func() error { return get(client, "http://127.0.0.1:8181/ready") })
}

func get(client *http.Client, url string) error {
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	return nil
}

// Await asks until there is no error. If one of the programs that it depends on ends, it says so with the end of its log.
func Await(ctx context.Context, r layout.Run, programs []string, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		for _, p := range programs {
			if !process.Alive(string(r), p) {
				return fmt.Errorf("%s ended; the end of its log %s:\n%s", p, r.Log(p), process.Tail(r.Log(p), 8))
			}
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("not ready in time; logs are in %s", r.Logs()), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
