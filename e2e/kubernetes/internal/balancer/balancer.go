// Package balancer gives Services of type LoadBalancer addresses of the cluster's bridge.
//
// kube-proxy rewrites what arrives for such an address on every node, once the address stands in the Service's status. What
// is left to do is to hand out addresses and to lead the host's packets to a node that takes them.
package balancer

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"weir.dev/e2e/kubernetes/internal/layout"
	"weir.dev/e2e/kubernetes/internal/process"
)

// ours says whether a Service wants an address from us: one with a class is somebody else's affair, and stays without an
// address here, as on a cloud that does not know the class.
func ours(s *corev1.Service) bool {
	return s.Spec.Type == corev1.ServiceTypeLoadBalancer && s.Spec.LoadBalancerClass == nil && s.DeletionTimestamp == nil
}

func key(s *corev1.Service) string { return s.Namespace + "/" + s.Name }

func current(s *corev1.Service) string {
	if len(s.Status.LoadBalancer.Ingress) == 1 {
		return s.Status.LoadBalancer.Ingress[0].IP
	}
	return ""
}

// addresses gives every Service of ours an address by its key: the one it has, the one it asks for if that is free, or the
// first free one. A Service that asks for a taken or foreign address, or finds none left, gets none.
func addresses(services []*corev1.Service) map[string]string {
	given, taken := map[string]string{}, map[string]bool{}
	sorted := slices.Clone(services)
	slices.SortFunc(sorted, func(a, b *corev1.Service) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(key(a), key(b)))
	})
	give := func(s *corev1.Service, address string) {
		if a, err := netip.ParseAddr(address); err == nil && inPool(a) && !taken[address] && given[key(s)] == "" {
			given[key(s)], taken[address] = address, true
		}
	}
	// Who has one keeps it, then come wishes, then the rest.
	for _, s := range sorted {
		if wish := s.Spec.LoadBalancerIP; ours(s) && (wish == "" || wish == current(s)) {
			give(s, current(s))
		}
	}
	for _, s := range sorted {
		if ours(s) && s.Spec.LoadBalancerIP != "" {
			give(s, s.Spec.LoadBalancerIP)
		}
	}
	for _, s := range sorted {
		if ours(s) && s.Spec.LoadBalancerIP == "" {
			for a := netip.MustParseAddr(layout.FirstBalancer); inPool(a) && given[key(s)] == ""; a = a.Next() {
				give(s, a.String())
			}
		}
	}
	return given
}

func inPool(a netip.Addr) bool {
	return a.Compare(netip.MustParseAddr(layout.FirstBalancer)) >= 0 && a.Compare(netip.MustParseAddr(layout.LastBalancer)) <= 0
}

// routes says through which node the host reaches each address, and the cluster's own Service addresses. A way that works
// is kept.
func routes(given map[string]string, services []*corev1.Service, slicesOf []*discoveryv1.EndpointSlice, nodes []*corev1.Node, now map[string]string) map[string]string {
	var ready []string
	for _, n := range nodes {
		if number, ok := layout.NodeNumber(n.Name); ok && isReady(n) {
			ready = append(ready, layout.NodeAddress(number))
		}
	}
	slices.SortFunc(ready, func(a, b string) int { return netip.MustParseAddr(a).Compare(netip.MustParseAddr(b)) })
	want := map[string]string{}
	choose := func(to string, through []string) {
		if slices.Contains(through, now[to]) {
			want[to] = now[to]
		} else if len(through) > 0 {
			want[to] = through[0]
		}
	}
	choose(layout.Services, ready)
	for _, s := range services {
		address := given[key(s)]
		if address == "" {
			continue
		}
		through := ready
		if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
			// Other nodes drop it, so that the pod sees where the packet comes from.
			local := nodesOf(s, slicesOf)
			through = slices.DeleteFunc(slices.Clone(ready), func(n string) bool { return !local[n] })
		}
		choose(address, through)
	}
	return want
}

func isReady(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
}

// nodesOf are the addresses of the nodes where a Service has an endpoint that is ready.
func nodesOf(s *corev1.Service, all []*discoveryv1.EndpointSlice) map[string]bool {
	found := map[string]bool{}
	for _, slice := range all {
		if slice.Namespace != s.Namespace || slice.Labels[discoveryv1.LabelServiceName] != s.Name {
			continue
		}
		for _, e := range slice.Endpoints {
			if e.NodeName == nil || (e.Conditions.Ready != nil && !*e.Conditions.Ready) {
				continue
			}
			if n, ok := layout.NodeNumber(*e.NodeName); ok {
				found[layout.NodeAddress(n)] = true
			}
		}
	}
	return found
}

// Serve keeps addresses and routes right until the context ends. It registers with the factory, which is to be started
// after the call, and gives back what to run then.
func Serve(client kubernetes.Interface, f informers.SharedInformerFactory) (run func(context.Context), err error) {
	wake := make(chan struct{}, 1)
	poke := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: func(any) { poke() }, UpdateFunc: func(any, any) { poke() }, DeleteFunc: func(any) { poke() }}
	services, endpoints, nodes := f.Core().V1().Services(), f.Discovery().V1().EndpointSlices(), f.Core().V1().Nodes()
	for _, informer := range []cache.SharedIndexInformer{services.Informer(), endpoints.Informer(), nodes.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) {
		var now map[string]string // unknown at first: an earlier process of ours may have left some
		for tick := time.Tick(2 * time.Second); ; {
			s, _ := services.Lister().List(labels.Everything())
			e, _ := endpoints.Lister().List(labels.Everything())
			n, _ := nodes.Lister().List(labels.Everything())
			given := addresses(s)
			if now == nil {
				if now, err = readRoutes(); err != nil {
					klog.ErrorS(err, "reading the host's routes")
				}
			}
			if now != nil {
				now = setRoutes(now, routes(given, s, e, n, now))
			}
			for _, service := range s {
				if err := tell(ctx, client, service, given[key(service)]); err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
					klog.ErrorS(err, "telling a Service its address", "service", key(service))
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-wake:
			case <-tick: // what failed is tried again
			}
		}
	}, nil
}

// tell writes the address into the Service's status, or takes one away that is not due any more.
func tell(ctx context.Context, client kubernetes.Interface, s *corev1.Service, address string) error {
	foreign := s.Spec.Type == corev1.ServiceTypeLoadBalancer && s.Spec.LoadBalancerClass != nil
	if current(s) == address || foreign || s.DeletionTimestamp != nil {
		return nil
	}
	s = s.DeepCopy()
	s.Status.LoadBalancer = corev1.LoadBalancerStatus{}
	if address != "" {
		mode := corev1.LoadBalancerIPModeVIP
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: address, IPMode: &mode}}
	}
	_, err := client.CoreV1().Services(s.Namespace).UpdateStatus(ctx, s, metav1.UpdateOptions{})
	if err == nil {
		klog.InfoS("address", "service", key(s), "address", address)
	}
	return err
}

// Our routes carry a number of their own, by which we find them again.
const protocol = "199"

func readRoutes() (map[string]string, error) {
	out, err := process.Output("", "ip", "-4", "route", "show", "proto", protocol)
	if err != nil {
		return nil, err
	}
	return parseRoutes(out), nil
}

func parseRoutes(out string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) >= 3 && f[1] == "via" {
			found[f[0]] = f[2]
		}
	}
	return found
}

// setRoutes makes the host's routes what they shall be and says what they are then.
func setRoutes(now, want map[string]string) map[string]string {
	result := maps.Clone(now)
	for to, through := range want {
		if now[to] != through {
			if err := process.Run("ip", "route", "replace", to, "via", through, "dev", layout.Bridge, "proto", protocol); err != nil {
				klog.ErrorS(err, "leading an address to a node")
				continue
			}
			result[to] = through
			klog.InfoS("route", "to", to, "through", through)
		}
	}
	for to := range now {
		if want[to] == "" {
			if err := process.Run("ip", "route", "del", to, "proto", protocol); err != nil {
				klog.ErrorS(err, "removing a route")
				continue
			}
			delete(result, to)
		}
	}
	return result
}
