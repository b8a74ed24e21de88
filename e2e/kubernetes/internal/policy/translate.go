// Package policy enforces the ingress side of NetworkPolicies with plain nft rules in each node's network namespace.
//
// The rules stand where a node hands packets on to its pods. What the node itself sends to a pod, the probes of its kubelet
// above all, does not pass there and is always allowed.
package policy

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Table is the name of our table in each node.
const Table = "weir_policy"

// Cluster is all that rules are made from.
type Cluster struct {
	Policies   []*networkingv1.NetworkPolicy
	Pods       []*corev1.Pod
	Namespaces []*corev1.Namespace
}

// Ruleset is a script for nft that replaces our table on one node in one step. Equal clusters give equal scripts.
func (c Cluster) Ruleset(node string) string {
	var chains, verdicts strings.Builder
	for _, pod := range c.sorted() {
		if pod.Spec.NodeName != node {
			continue
		}
		rules, isolated := c.rules(pod)
		if !isolated {
			continue
		}
		address := pod.Status.PodIP
		chain := "pod_" + strings.ReplaceAll(address, ".", "_")
		fmt.Fprintf(&verdicts, "\t\tip daddr %s goto %s\n", address, chain)
		fmt.Fprintf(&chains, "\tchain %s { # %s/%s\n", chain, pod.Namespace, pod.Name)
		fmt.Fprintf(&chains, "\t\tip saddr %s accept\n", address) // no policy comes between a pod and itself
		for _, r := range rules {
			fmt.Fprintf(&chains, "\t\t%s\n", r)
		}
		chains.WriteString("\t\tcounter drop\n\t}\n")
	}
	return fmt.Sprintf(`add table ip %[1]s
delete table ip %[1]s
table ip %[1]s {
%[2]s	chain forward {
		type filter hook forward priority 0; policy accept;
		ct state established,related accept
%[3]s	}
}
`, Table, chains.String(), verdicts.String())
}

// sorted gives the pods that have an address of their own, in a fixed order.
func (c Cluster) sorted() []*corev1.Pod {
	var pods []*corev1.Pod
	for _, p := range c.Pods {
		// A pod that has ended keeps its address in its status while another one may have it already.
		ended := p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
		if a, err := netip.ParseAddr(p.Status.PodIP); err == nil && a.Is4() && !p.Spec.HostNetwork && !ended {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int {
		return netip.MustParseAddr(a.Status.PodIP).Compare(netip.MustParseAddr(b.Status.PodIP))
	})
	return pods
}

// rules are what a pod lets in; a pod that no policy selects is not isolated and lets everything in.
func (c Cluster) rules(pod *corev1.Pod) (rules []string, isolated bool) {
	policies := slices.Clone(c.Policies)
	slices.SortFunc(policies, func(a, b *networkingv1.NetworkPolicy) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	for _, p := range policies {
		if p.Namespace != pod.Namespace || !forIngress(p) || !selects(&p.Spec.PodSelector, pod.Labels) {
			continue
		}
		isolated = true
		for _, rule := range p.Spec.Ingress {
			for _, from := range c.sources(p.Namespace, rule.From) {
				for _, to := range ports(pod, rule.Ports) {
					if line := strings.Join(strings.Fields(from+" "+to+" accept"), " "); !slices.Contains(rules, line) {
						rules = append(rules, line)
					}
				}
			}
		}
	}
	return rules, isolated
}

// forIngress: a policy without types is for ingress; one for egress alone isolates nothing here.
func forIngress(p *networkingv1.NetworkPolicy) bool {
	return len(p.Spec.PolicyTypes) == 0 || slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress)
}

func selects(s *metav1.LabelSelector, l map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(l)) // the API server has refused invalid ones
}

// sources are matches for who may come; one empty match if everybody may, none if nobody.
func (c Cluster) sources(namespace string, peers []networkingv1.NetworkPolicyPeer) []string {
	if len(peers) == 0 {
		return []string{""}
	}
	var matches []string
	addresses := map[netip.Addr]bool{}
	for _, peer := range peers {
		if b := peer.IPBlock; b != nil {
			if p, err := netip.ParsePrefix(b.CIDR); err != nil || !p.Addr().Is4() {
				continue
			}
			match := "ip saddr " + b.CIDR
			if len(b.Except) > 0 {
				match += " ip saddr != { " + strings.Join(separate(b.Except), ", ") + " }"
			}
			matches = append(matches, match)
			continue
		}
		for _, pod := range c.sorted() {
			if c.isPeer(namespace, peer, pod) {
				addresses[netip.MustParseAddr(pod.Status.PodIP)] = true
			}
		}
	}
	if len(addresses) > 0 {
		var list []string
		for _, a := range slices.SortedFunc(maps.Keys(addresses), netip.Addr.Compare) {
			list = append(list, a.String())
		}
		matches = append(matches, "ip saddr { "+strings.Join(list, ", ")+" }")
	}
	return matches
}

func (c Cluster) isPeer(namespace string, peer networkingv1.NetworkPolicyPeer, pod *corev1.Pod) bool {
	if peer.PodSelector != nil && !selects(peer.PodSelector, pod.Labels) {
		return false
	}
	if peer.NamespaceSelector == nil {
		return peer.PodSelector != nil && pod.Namespace == namespace
	}
	for _, n := range c.Namespaces {
		if n.Name == pod.Namespace {
			return selects(peer.NamespaceSelector, n.Labels)
		}
	}
	return false
}

// separate drops prefixes that lie in others: nft takes no overlapping elements in one set.
func separate(cidrs []string) []string {
	var prefixes []netip.Prefix
	for _, c := range cidrs {
		if p, err := netip.ParsePrefix(c); err == nil && p.Addr().Is4() {
			prefixes = append(prefixes, p.Masked())
		}
	}
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int { return cmp.Or(a.Bits()-b.Bits(), a.Addr().Compare(b.Addr())) })
	var kept []netip.Prefix
	var list []string
	for _, p := range prefixes {
		if !slices.ContainsFunc(kept, p.Overlaps) {
			kept, list = append(kept, p), append(list, p.String())
		}
	}
	return list
}

// ports are matches for where to; one empty match if a rule names no ports, none if its names mean nothing to this pod.
func ports(pod *corev1.Pod, wanted []networkingv1.NetworkPolicyPort) []string {
	if len(wanted) == 0 {
		return []string{""}
	}
	var matches []string
	for _, w := range wanted {
		protocol := corev1.ProtocolTCP
		if w.Protocol != nil {
			protocol = *w.Protocol
		}
		match := strings.ToLower(string(protocol))
		switch {
		case w.Port == nil:
			matches = append(matches, "meta l4proto "+match)
		case w.Port.Type == intstr.String:
			// The name is the receiving pod's: two pods of one policy may mean different numbers by it.
			for _, container := range containers(pod) {
				for _, p := range container.Ports {
					if p.Name == w.Port.StrVal && cmp.Or(p.Protocol, corev1.ProtocolTCP) == protocol {
						matches = append(matches, fmt.Sprintf("%s dport %d", match, p.ContainerPort))
					}
				}
			}
		case w.EndPort != nil:
			matches = append(matches, fmt.Sprintf("%s dport %d-%d", match, w.Port.IntVal, *w.EndPort))
		default:
			matches = append(matches, fmt.Sprintf("%s dport %d", match, w.Port.IntVal))
		}
	}
	return matches
}

// containers are those whose ports count: sidecars are init containers that stay.
func containers(pod *corev1.Pod) []corev1.Container {
	return slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers)
}
