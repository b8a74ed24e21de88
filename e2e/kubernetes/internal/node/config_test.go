package node

import (
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"weir.dev/e2e/kubernetes/internal/layout"
)

const run = layout.Run("/run/x")

// What is written by hand must parse, and no two nodes may share a path or an address.
func TestConfigs(t *testing.T) {
	var cni map[string]any
	if err := json.Unmarshal([]byte(cniConfig(run, 2)), &cni); err != nil {
		t.Error(err)
	}
	var kubelet, proxy map[string]any
	if err := yaml.UnmarshalStrict([]byte(kubeletConfig(run, 2)), &kubelet); err != nil {
		t.Error(err)
	}
	if err := yaml.UnmarshalStrict([]byte(proxyConfig(run, 2)), &proxy); err != nil {
		t.Error(err)
	}
	if kubelet["cgroupRoot"] != "/weir-kubernetes/node2" || kubelet["address"] != "10.199.0.12" || proxy["hostnameOverride"] != "node2" {
		t.Errorf("%v %v", kubelet, proxy)
	}
	toml := containerdConfig(run, 2, "/usr/lib/cni")
	for _, all := range []string{kubeletConfig(run, 2), proxyConfig(run, 2), cniConfig(run, 2), toml} {
		if strings.Contains(all, "node1") || strings.Contains(all, "%!") {
			t.Errorf("wrong:\n%s", all)
		}
	}
	if !strings.Contains(toml, `root = "/run/x/node2/containerd"`) || !strings.Contains(toml, `sandbox_image = "e2e.weir.dev/pause:1"`) {
		t.Error(toml)
	}
}
