package node

import (
	"fmt"

	"weir.dev/e2e/kubernetes/internal/layout"
)

// cniConfig joins pods to the node by routed pairs of links. With a bridge instead, a pod that reaches a Service whose
// endpoint is on the same node would need bridged packets to pass the firewall's rules.
func cniConfig(r layout.Run, n int) string {
	return fmt.Sprintf(`{"cniVersion": "0.4.0", "name": "weir", "plugins": [
  {"type": "ptp", "ipMasq": false, "mtu": 1500, "ipam": {"type": "host-local", "dataDir": %q,
   "ranges": [[{"subnet": %q}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
`, r.Node(n, "ipam"), layout.NodePods(n))
}

// containerdConfig: every path of its own; the last part of the sandbox's settings is for machines where root may not
// lower the score by which the kernel picks victims of memory shortage.
func containerdConfig(r layout.Run, n int, plugins string) string {
	return fmt.Sprintf(`version = 2
root = %[1]q
state = "/run/containerd/state"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = %[2]q
[plugins."io.containerd.internal.v1.opt"]
  path = %[3]q
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %[4]q
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %[5]q
    conf_dir = %[6]q
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`, r.Node(n, "containerd"), r.Socket(n), r.Node(n, "opt"), layout.Pause, plugins, r.Node(n, "cni"))
}

// kubeletConfig: what differs from the defaults is told in README.md. Evictions and the removal of unused images are off,
// because all nodes share the machine's disk: a full disk here is the machine's affair, not a node's.
func kubeletConfig(r layout.Run, n int) string {
	return fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: %[1]s
containerRuntimeEndpoint: unix://%[2]s
cgroupDriver: cgroupfs
cgroupRoot: /%[3]s/%[4]s
failCgroupV1: false
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [%[5]s]
resolvConf: %[6]s
podLogsDir: /var/log/pods
volumePluginDir: %[7]s
tlsCertFile: %[8]s
tlsPrivateKeyFile: %[9]s
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: %[10]s}}
authorization: {mode: Webhook}
evictionHard: {memory.available: "1Mi", nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.available: "0%%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
nodeStatusUpdateFrequency: 4s
nodeLeaseDurationSeconds: 20
serializeImagePulls: false
healthzBindAddress: 127.0.0.1
`, layout.NodeAddress(n), r.Socket(n), layout.Cgroup, layout.NodeName(n), layout.HostAddress, r.ResolvConf(), r.Plugins(),
		r.Pki(layout.NodeName(n)+".crt"), r.Pki(layout.NodeName(n)+".key"), r.Pki("ca.crt"))
}

// proxyConfig leaves the machine's tables of connections alone: from inside a namespace their sizes can't be changed.
func proxyConfig(r layout.Run, n int) string {
	return fmt.Sprintf(`apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: %s}
hostnameOverride: %s
mode: nftables
clusterCIDR: %s
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
`, r.Kubeconfig("proxy"), layout.NodeName(n), layout.Pods)
}
