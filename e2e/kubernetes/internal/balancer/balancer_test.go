package balancer

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(name string, age int, has, wish string) *corev1.Service {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, CreationTimestamp: metav1.NewTime(time.Unix(int64(1000-age), 0))}}
	s.Spec.Type, s.Spec.LoadBalancerIP = corev1.ServiceTypeLoadBalancer, wish
	if has != "" {
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: has}}
	}
	return s
}

func TestAddresses(t *testing.T) {
	class := service("class", 9, "", "")
	class.Spec.LoadBalancerClass = new(string)
	plain := service("plain", 9, "", "")
	plain.Spec.Type = corev1.ServiceTypeClusterIP
	going := service("going", 9, "10.199.0.105", "")
	going.DeletionTimestamp = &metav1.Time{}
	got := addresses([]*corev1.Service{
		service("young", 1, "", ""), service("old", 5, "", ""), service("has", 2, "10.199.0.100", ""),
		service("wish", 1, "", "10.199.0.101"), service("taken", 1, "", "10.199.0.100"), service("foreign", 1, "", "192.0.2.1"),
		service("lost", 1, "192.0.2.7", ""), service("moves", 1, "10.199.0.104", "10.199.0.150"), class, plain, going,
	})
	want := map[string]string{"n/has": "10.199.0.100", "n/wish": "10.199.0.101", "n/moves": "10.199.0.150",
		"n/old": "10.199.0.102", "n/lost": "10.199.0.103", "n/young": "10.199.0.104"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

func TestAddressesRunOut(t *testing.T) {
	var many []*corev1.Service
	for i := range 110 {
		many = append(many, service(fmt.Sprintf("s%03d", i), 1, "", ""))
	}
	got := addresses(many)
	if len(got) != 100 || got["n/s099"] != "10.199.0.199" || got["n/s100"] != "" {
		t.Errorf("%d addresses, the last ones %q and %q", len(got), got["n/s099"], got["n/s100"])
	}
}

func node(name string, ready corev1.ConditionStatus) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}}}}
}

func TestRoutes(t *testing.T) {
	anywhere, local, nowhere := service("anywhere", 1, "", ""), service("local", 1, "", ""), service("nowhere", 1, "", "")
	local.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	nowhere.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	services := []*corev1.Service{anywhere, local, nowhere}
	yes, no, first, third := true, false, "node1", "node3"
	endpoints := []*discoveryv1.EndpointSlice{{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "x", Labels: map[string]string{discoveryv1.LabelServiceName: "local"}},
		Endpoints:  []discoveryv1.Endpoint{{NodeName: &first, Conditions: discoveryv1.EndpointConditions{Ready: &no}}, {NodeName: &third, Conditions: discoveryv1.EndpointConditions{Ready: &yes}}},
	}}
	given := map[string]string{"n/anywhere": "10.199.0.100", "n/local": "10.199.0.101", "n/nowhere": "10.199.0.102"}
	nodes := []*corev1.Node{node("node2", corev1.ConditionTrue), node("node1", corev1.ConditionTrue), node("node3", corev1.ConditionTrue)}
	check := func(now, want map[string]string) {
		t.Helper()
		if got := routes(given, services, endpoints, nodes, now); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("\n got %v\nwant %v", got, want)
		}
	}
	check(nil, map[string]string{"10.96.0.0/16": "10.199.0.11", "10.199.0.100": "10.199.0.11", "10.199.0.101": "10.199.0.13"})
	// What works stays, what leads to the wrong node moves.
	check(map[string]string{"10.199.0.100": "10.199.0.12", "10.199.0.101": "10.199.0.11"},
		map[string]string{"10.96.0.0/16": "10.199.0.11", "10.199.0.100": "10.199.0.12", "10.199.0.101": "10.199.0.13"})
	// A node that fails is left.
	nodes[1] = node("node1", corev1.ConditionUnknown)
	check(map[string]string{"10.96.0.0/16": "10.199.0.11"},
		map[string]string{"10.96.0.0/16": "10.199.0.12", "10.199.0.100": "10.199.0.12", "10.199.0.101": "10.199.0.13"})
	nodes = nil
	check(map[string]string{"10.96.0.0/16": "10.199.0.11"}, map[string]string{})
}

func TestParseRoutes(t *testing.T) {
	got := parseRoutes("10.96.0.0/16 via 10.199.0.11 dev weirbr0 \n10.199.0.100 via 10.199.0.12 dev weirbr0 \nunreachable default\n")
	if fmt.Sprint(got) != "map[10.199.0.100:10.199.0.12 10.96.0.0/16:10.199.0.11]" {
		t.Error(got)
	}
}
