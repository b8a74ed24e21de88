package policy

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func pod(namespace, name, address string, labels ...string) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: pairs(labels)}}
	p.Spec.NodeName = "node1"
	p.Spec.Containers = []corev1.Container{{Ports: []corev1.ContainerPort{
		{Name: "kafka", ContainerPort: 9092, Protocol: corev1.ProtocolTCP}, {Name: "gossip", ContainerPort: 7000, Protocol: corev1.ProtocolUDP}}}}
	p.Status.PodIP, p.Status.Phase = address, corev1.PodRunning
	return p
}

func namespace(name string, labels ...string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: pairs(labels)}}
}

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for _, l := range list {
		k, v, _ := strings.Cut(l, "=")
		m[k] = v
	}
	return m
}

func parse(t *testing.T, spec string) *networkingv1.NetworkPolicy {
	t.Helper()
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "p"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
		t.Fatal(err)
	}
	return p
}

var everyone = Cluster{
	Pods: []*corev1.Pod{
		pod("a", "broker", "10.244.1.2", "app=broker"),
		pod("a", "client", "10.244.1.3", "app=client"),
		pod("a", "other", "10.244.2.4", "app=other"),
		pod("b", "client", "10.244.2.10", "app=client"),
		pod("b", "other", "10.244.2.9", "app=other"),
	},
	Namespaces: []*corev1.Namespace{namespace("a", "team=blue"), namespace("b", "team=red")},
}

const broker = "podSelector: {matchLabels: {app: broker}}\n"

// One policy in, what the broker lets in out. nil: it is not isolated.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name, spec string
		want       []string
	}{
		{"deny everything", "podSelector: {}", []string{}},
		{"deny everything, said at length", "podSelector: {}\npolicyTypes: [Ingress, Egress]\ningress: []", []string{}},
		{"egress only", "podSelector: {}\npolicyTypes: [Egress]", nil},
		{"another pod's", "podSelector: {matchLabels: {app: client}}", nil},
		{"everybody, everywhere", broker + "ingress: [{}]", []string{"accept"}},
		{"a port", broker + "ingress: [{ports: [{port: 9092}]}]", []string{"tcp dport 9092 accept"}},
		{"ports of other protocols", broker + "ingress: [{ports: [{port: 53, protocol: UDP}, {port: 9, protocol: SCTP}, {protocol: UDP}]}]",
			[]string{"udp dport 53 accept", "sctp dport 9 accept", "meta l4proto udp accept"}},
		{"a range of ports", broker + "ingress: [{ports: [{port: 9000, endPort: 9100}]}]", []string{"tcp dport 9000-9100 accept"}},
		{"a named port", broker + "ingress: [{ports: [{port: kafka}]}]", []string{"tcp dport 9092 accept"}},
		{"a named port of another protocol", broker + "ingress: [{ports: [{port: gossip, protocol: UDP}]}]", []string{"udp dport 7000 accept"}},
		{"a name with the wrong protocol", broker + "ingress: [{ports: [{port: gossip}]}]", []string{}},
		{"an unknown name", broker + "ingress: [{ports: [{port: http}]}]", []string{}},
		{"pods of the same namespace", broker + "ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]", []string{"ip saddr { 10.244.1.3 } accept"}},
		{"all pods of the same namespace", broker + "ingress: [{from: [{podSelector: {}}]}]", []string{"ip saddr { 10.244.1.2, 10.244.1.3, 10.244.2.4 } accept"}},
		{"other namespaces", broker + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]", []string{"ip saddr { 10.244.2.9, 10.244.2.10 } accept"}},
		{"pods of other namespaces", broker + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: client}}}]}]", []string{"ip saddr { 10.244.2.10 } accept"}},
		{"all namespaces", broker + "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: client}}}]}]", []string{"ip saddr { 10.244.1.3, 10.244.2.10 } accept"}},
		{"two peers are either of them", broker + "ingress: [{from: [{podSelector: {matchLabels: {app: client}}}, {namespaceSelector: {matchLabels: {team: red}}}]}]",
			[]string{"ip saddr { 10.244.1.3, 10.244.2.9, 10.244.2.10 } accept"}},
		{"a peer that nobody is", broker + "ingress: [{from: [{podSelector: {matchLabels: {app: ghost}}}]}]", []string{}},
		{"expressions", broker + "ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [broker, other]}]}}]}]", []string{"ip saddr { 10.244.1.3 } accept"}},
		{"a block", broker + "ingress: [{from: [{ipBlock: {cidr: 10.199.0.0/24}}]}]", []string{"ip saddr 10.199.0.0/24 accept"}},
		{"a block with holes, one in the other", broker + "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.2.9/32, 10.244.0.0/16, 10.199.0.0/24]}}]}]",
			[]string{"ip saddr 0.0.0.0/0 ip saddr != { 10.244.0.0/16, 10.199.0.0/24 } accept"}},
		{"a block of IPv6 means nobody", broker + "ingress: [{from: [{ipBlock: {cidr: 'fd00::/8'}}]}]", []string{}},
		{"peers times ports", broker + "ingress: [{from: [{podSelector: {matchLabels: {app: client}}}, {ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 1}, {port: 2}]}]",
			[]string{"ip saddr 10.0.0.0/8 tcp dport 1 accept", "ip saddr 10.0.0.0/8 tcp dport 2 accept",
				"ip saddr { 10.244.1.3 } tcp dport 1 accept", "ip saddr { 10.244.1.3 } tcp dport 2 accept"}},
		{"two rules, one of them twice", broker + "ingress: [{ports: [{port: 1}]}, {ports: [{port: 2}]}, {ports: [{port: 1}]}]", []string{"tcp dport 1 accept", "tcp dport 2 accept"}},
	} {
		cluster := everyone
		cluster.Policies = []*networkingv1.NetworkPolicy{parse(t, c.spec)}
		got, isolated := cluster.rules(everyone.Pods[0])
		if isolated != (c.want != nil) || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: isolated %v\n got %q\nwant %q", c.name, isolated, got, c.want)
		}
	}
}

// Several policies add up, and one of another namespace has no say.
func TestPoliciesAddUp(t *testing.T) {
	cluster := everyone
	one, two, foreign := parse(t, broker+"ingress: [{ports: [{port: 1}]}]"), parse(t, broker+"ingress: [{ports: [{port: 2}]}]"), parse(t, "podSelector: {}\ningress: [{}]")
	one.Name, foreign.Namespace = "z", "b"
	cluster.Policies = []*networkingv1.NetworkPolicy{one, two, foreign}
	got, isolated := cluster.rules(everyone.Pods[0])
	if want := "[tcp dport 2 accept tcp dport 1 accept]"; !isolated || fmt.Sprint(got) != want {
		t.Errorf("%v", got)
	}
}

func TestRuleset(t *testing.T) {
	cluster := everyone
	cluster.Policies = []*networkingv1.NetworkPolicy{parse(t, broker+"ingress: [{ports: [{port: kafka}]}]")}
	want := `add table ip weir_policy
delete table ip weir_policy
table ip weir_policy {
	chain pod_10_244_1_2 { # a/broker
		ip saddr 10.244.1.2 accept
		tcp dport 9092 accept
		counter drop
	}
	chain forward {
		type filter hook forward priority 0; policy accept;
		ct state established,related accept
		ip daddr 10.244.1.2 goto pod_10_244_1_2
	}
}
`
	if got := cluster.Ruleset("node1"); got != want {
		t.Errorf("%s", got)
	}
	if got := cluster.Ruleset("node2"); strings.Contains(got, "10.244") {
		t.Errorf("another node has rules for pods that are not its own:\n%s", got)
	}
}

// Pods without an address of their own get no rules, and nobody is let in by such an address.
func TestPodsThatDontCount(t *testing.T) {
	ended, hostNetwork, young := pod("a", "x", "10.244.1.9"), pod("a", "y", "10.199.0.11"), pod("a", "z", "")
	ended.Status.Phase, hostNetwork.Spec.HostNetwork = corev1.PodSucceeded, true
	cluster := Cluster{Pods: []*corev1.Pod{ended, hostNetwork, young, pod("a", "broker", "10.244.1.2", "app=broker")}, Namespaces: everyone.Namespaces}
	cluster.Policies = []*networkingv1.NetworkPolicy{parse(t, "podSelector: {}\ningress: [{from: [{podSelector: {}}]}]")}
	got := cluster.Ruleset("node1")
	if strings.Contains(got, "10.244.1.9") || strings.Contains(got, "10.199") || !strings.Contains(got, "ip saddr { 10.244.1.2 } accept") {
		t.Errorf("%s", got)
	}
}

// nft itself reads every kind of rule, where it is there and may be asked.
func TestNftTakesIt(t *testing.T) {
	if exec.Command("unshare", "--net", "nft", "list", "ruleset").Run() != nil {
		t.Skip("no nft, or no right to make a network namespace")
	}
	cluster := everyone
	cluster.Policies = []*networkingv1.NetworkPolicy{parse(t, broker+`ingress:
- {from: [{podSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 10.1.0.0/16]}}, {ipBlock: {cidr: 10.1.2.3/16}}], ports: [{port: kafka}, {port: 1, endPort: 9}, {protocol: UDP}, {protocol: SCTP, port: 4}]}
- {ports: [{port: 1}]}
- {}`), parse(t, "podSelector: {}")}
	cmd := exec.Command("unshare", "--net", "sh", "-c", "nft -f - && nft list ruleset")
	cmd.Stdin = strings.NewReader(cluster.Ruleset("node1") + cluster.Ruleset("node1"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s\n%s", err, out, cluster.Ruleset("node1"))
	}
	for _, want := range []string{"ip daddr 10.244.1.2 goto pod_10_244_1_2", "tcp dport 1-9 accept", "ip saddr { 10.244.1.2, 10.244.1.3, 10.244.2.4 }"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in what nft made of it:\n%s", want, out)
		}
	}
}
