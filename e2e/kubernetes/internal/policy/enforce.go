package policy

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"weir.dev/e2e/kubernetes/internal/layout"
	"weir.dev/e2e/kubernetes/internal/network"
	"weir.dev/e2e/kubernetes/internal/process"
)

// Enforce keeps the rules of all nodes as the policies say, until the context ends. The factory is to be started after the
// call, which registers what it wants to see and gives back what to run then.
func Enforce(f informers.SharedInformerFactory, nodes int) (run func(context.Context), err error) {
	wake := make(chan struct{}, 1)
	poke := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: func(any) { poke() }, UpdateFunc: func(any, any) { poke() }, DeleteFunc: func(any) { poke() }}
	policies, pods, namespaces := f.Networking().V1().NetworkPolicies(), f.Core().V1().Pods(), f.Core().V1().Namespaces()
	for _, informer := range []cache.SharedIndexInformer{policies.Informer(), pods.Informer(), namespaces.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) {
		e := enforcer{applied: map[int]applied{}}
		for tick := time.Tick(time.Second); ; {
			var c Cluster
			// The listers read from memory and fail only for selectors that are no selectors.
			c.Policies, _ = policies.Lister().List(labels.Everything())
			c.Pods, _ = pods.Lister().List(labels.Everything())
			c.Namespaces, _ = namespaces.Lister().List(labels.Everything())
			for n := 1; n <= nodes; n++ {
				if err := e.apply(c, n); err != nil {
					klog.ErrorS(err, "rules are not in force; they are tried again", "node", layout.NodeName(n))
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-wake:
			case <-tick: // a node that was booted again has a new network without rules
			}
		}
	}, nil
}

// enforcer remembers what it did, by node.
type enforcer struct{ applied map[int]applied }

type applied struct{ network, rules string }

func (e *enforcer) apply(c Cluster, n int) error {
	space := network.SpacePath(n)
	var info syscall.Stat_t
	if err := syscall.Stat(space, &info); err != nil {
		return nil // the node is halted
	}
	// The kernel gives the number of a network that is gone to the next one; with its time it is unique.
	want := applied{network: fmt.Sprint(info.Ino, info.Ctim), rules: c.Ruleset(layout.NodeName(n))}
	if e.applied[n] == want {
		return nil
	}
	if err := process.InNetns(space, func() error {
		_, err := process.Output(want.rules, "nft", "-f", "-")
		return err
	}); err != nil {
		return err
	}
	e.applied[n] = want
	klog.InfoS("rules in force", "node", layout.NodeName(n), "bytes", len(want.rules))
	return nil
}
