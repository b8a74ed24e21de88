// Package volumes provisions volumes from folders of this machine, of Kubernetes' own type "local": that type honours a
// pod's fsGroup, which hostPath does not, so that programs without root's rights can write.
//
// All nodes are namespaces of one machine, so every folder is there on every node; whether a volume may follow its pod to
// another one is only a matter of what its node affinity says.
package volumes

import (
	"fmt"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Provisioner is the name that storage classes carry.
const Provisioner = "e2e.weir.dev/volumes"

const (
	provisionedBy = "pv.kubernetes.io/provisioned-by"
	selectedNode  = "volume.kubernetes.io/selected-node"
)

// medium is what a volume is made of.
type medium string

const (
	folder medium = "folder" // no limit of its own
	xfs    medium = "xfs"    // a file with a file system; ext4 would need CAP_SYS_RESOURCE to grow while it is mounted
	memory medium = "memory" // a tmpfs
)

// mkfs.xfs refuses less.
var smallestXFS = resource.MustParse("300Mi")

// parameters are those of a storage class.
type parameters struct {
	medium   medium
	anywhere bool
}

func parseParameters(class *storagev1.StorageClass) (parameters, error) {
	p := parameters{medium: folder}
	for name, value := range class.Parameters {
		switch {
		case name == "medium" && slices.Contains([]medium{folder, xfs, memory}, medium(value)):
			p.medium = medium(value)
		case name == "reach" && (value == "node" || value == "anywhere"):
			p.anywhere = value == "anywhere"
		default:
			return p, fmt.Errorf("storage class %s: %s: %q is unknown; there are medium (folder, xfs, memory) and reach (node, anywhere)", class.Name, name, value)
		}
	}
	return p, nil
}

// due says whether a claim is to be provisioned now, and for which node.
func due(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) (node string, now bool) {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
		return "", false
	}
	node = claim.Annotations[selectedNode]
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	return node, node != "" || !waits
}

// build makes the volume for a claim, or says why there can be none.
func build(root string, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, node string) (*corev1.PersistentVolume, parameters, error) {
	p, err := parseParameters(class)
	if err != nil {
		return nil, p, err
	}
	size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	switch {
	case claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode != corev1.PersistentVolumeFilesystem:
		return nil, p, fmt.Errorf("volumeMode %s is not offered, only Filesystem", *claim.Spec.VolumeMode)
	case claim.Spec.Selector != nil:
		return nil, p, fmt.Errorf("a claim with a selector waits for a volume that is there already; this class only makes new ones")
	case claim.Spec.DataSourceRef != nil:
		return nil, p, fmt.Errorf("snapshots and clones are not offered: the claim must have no dataSource")
	case p.medium == xfs && size.Cmp(smallestXFS) < 0:
		return nil, p, fmt.Errorf("class %s needs at least %s, the claim asks for %s", class.Name, smallestXFS.String(), size.String())
	}
	// A node's affinity is to its name, which a node keeps through crashes.
	term := corev1.NodeSelectorRequirement{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node}}
	if p.anywhere || node == "" {
		term = corev1.NodeSelectorRequirement{Key: corev1.LabelOSStable, Operator: corev1.NodeSelectorOpIn, Values: []string{"linux"}}
	}
	reclaim := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		reclaim = *class.ReclaimPolicy
	}
	mode := corev1.PersistentVolumeFilesystem
	name := "pvc-" + string(claim.UID)
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: Provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: size},
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: reclaim,
			StorageClassName:              class.Name,
			VolumeMode:                    &mode,
			MountOptions:                  class.MountOptions,
			ClaimRef:                      &corev1.ObjectReference{Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: filepath.Join(root, name)}},
			NodeAffinity:                  &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{term}}}}},
		},
	}, p, nil
}

// wantsGrowth says whether a bound claim asks for more than it has.
func wantsGrowth(claim *corev1.PersistentVolumeClaim) bool {
	want, have := claim.Spec.Resources.Requests[corev1.ResourceStorage], claim.Status.Capacity[corev1.ResourceStorage]
	return claim.Status.Phase == corev1.ClaimBound && claim.DeletionTimestamp == nil && want.Cmp(have) > 0
}

// wantsRemoval says whether a volume's content is nobody's any more. A retained volume keeps it, and an administrator may
// change the policy of a volume at any time.
func wantsRemoval(v *corev1.PersistentVolume) bool {
	return v.Annotations[provisionedBy] == Provisioner && v.Status.Phase == corev1.VolumeReleased && v.Spec.Local != nil &&
		v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete && v.DeletionTimestamp == nil
}
