package volumes

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
)

type provisioner struct {
	client kubernetes.Interface
	events record.EventRecorder
	root   string
}

// Provision makes, grows and removes volumes below root until the context ends. It registers with the factory, which is
// to be started after the call, and gives back what to run then.
func Provision(client kubernetes.Interface, f informers.SharedInformerFactory, root string) (run func(context.Context), err error) {
	wake := make(chan struct{}, 1)
	poke := func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: func(any) { poke() }, UpdateFunc: func(any, any) { poke() }, DeleteFunc: func(any) { poke() }}
	claims, volumes, classes := f.Core().V1().PersistentVolumeClaims(), f.Core().V1().PersistentVolumes(), f.Storage().V1().StorageClasses()
	for _, informer := range []cache.SharedIndexInformer{claims.Informer(), volumes.Informer(), classes.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return nil, err
		}
	}
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	p := provisioner{client: client, root: root, events: broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: Provisioner})}
	return func(ctx context.Context) {
		for tick := time.Tick(2 * time.Second); ; {
			all, _ := claims.Lister().List(labels.Everything())
			for _, claim := range all {
				if claim.Spec.StorageClassName == nil {
					continue
				}
				class, err := classes.Lister().Get(*claim.Spec.StorageClassName)
				if err != nil || class.Provisioner != Provisioner {
					continue
				}
				if node, now := due(claim, class); now {
					volume, how, err := build(root, claim, class, node)
					if err == nil {
						err = p.provision(ctx, volume, how)
					}
					p.report(claim, "Provisioning", err)
				} else if wantsGrowth(claim) {
					p.report(claim, "VolumeResize", p.grow(ctx, claim))
				}
			}
			kept, _ := volumes.Lister().List(labels.Everything())
			for _, volume := range kept {
				if wantsRemoval(volume) {
					p.report(volume, "VolumeDelete", p.remove(ctx, volume))
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

func (p provisioner) provision(ctx context.Context, volume *corev1.PersistentVolume, how parameters) error {
	size := volume.Spec.Capacity[corev1.ResourceStorage]
	if err := makeDisk(volume.Spec.Local.Path, how.medium, size.Value()); err != nil {
		return err
	}
	_, err := p.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	return err
}

func (p provisioner) grow(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	volume, err := p.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if volume.Annotations[provisionedBy] != Provisioner || volume.Spec.Local == nil {
		return nil // made by hand under the name of our class
	}
	want := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if have := volume.Spec.Capacity[corev1.ResourceStorage]; want.Cmp(have) > 0 {
		if err := growDisk(volume.Spec.Local.Path, want.Value()); err != nil {
			return err
		}
		volume.Spec.Capacity[corev1.ResourceStorage] = want
		if _, err := p.client.CoreV1().PersistentVolumes().Update(ctx, volume, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	claim = claim.DeepCopy()
	claim.Status.Capacity[corev1.ResourceStorage] = want
	claim.Status.Conditions = nil
	_, err = p.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, metav1.UpdateOptions{})
	return err
}

func (p provisioner) remove(ctx context.Context, volume *corev1.PersistentVolume) error {
	if err := removeDisk(volume.Spec.Local.Path); err != nil {
		return err
	}
	return p.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{})
}

type object interface {
	runtime.Object
	metav1.Object
}

// report tells the log and, by an event, whoever looks at the claim. What another process did meanwhile is no failure.
func (p provisioner) report(about object, what string, err error) {
	if err != nil && (apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err)) {
		return
	}
	if err != nil {
		klog.ErrorS(err, what, "namespace", about.GetNamespace(), "name", about.GetName())
		p.events.Event(about, corev1.EventTypeWarning, what+"Failed", err.Error())
		return
	}
	klog.InfoS(what, "namespace", about.GetNamespace(), "name", about.GetName())
	p.events.Event(about, corev1.EventTypeNormal, what+"Successful", "done")
}
