package volumes

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func class(parameters ...string) *storagev1.StorageClass {
	c := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "c"}, Provisioner: Provisioner, Parameters: map[string]string{}}
	for _, p := range parameters {
		k, v, _ := strings.Cut(p, "=")
		c.Parameters[k] = v
	}
	return c
}

func claim(size string) *corev1.PersistentVolumeClaim {
	c := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "data", UID: "u"}}
	c.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	c.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
	return c
}

func TestBuild(t *testing.T) {
	term := func(v *corev1.PersistentVolume) string {
		r := v.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0]
		return r.Key + "=" + strings.Join(r.Values, ",")
	}
	for _, c := range []struct {
		class  *storagev1.StorageClass
		node   string
		medium medium
		term   string
	}{
		{class(), "node2", folder, "kubernetes.io/hostname=node2"},
		{class(), "", folder, "kubernetes.io/os=linux"},
		{class("reach=anywhere"), "node2", folder, "kubernetes.io/os=linux"},
		{class("medium=xfs", "reach=node"), "node1", xfs, "kubernetes.io/hostname=node1"},
		{class("medium=memory"), "node1", memory, "kubernetes.io/hostname=node1"},
	} {
		v, p, err := build("/v", claim("1Gi"), c.class, c.node)
		if err != nil || p.medium != c.medium || term(v) != c.term || v.Spec.Local.Path != "/v/pvc-u" || v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
			t.Errorf("%v on %q: %v %v %+v", c.class.Parameters, c.node, err, p, v)
		}
	}
	retain := class()
	policy := corev1.PersistentVolumeReclaimRetain
	retain.ReclaimPolicy = &policy
	if v, _, err := build("/v", claim("1Gi"), retain, "node1"); err != nil || v.Spec.PersistentVolumeReclaimPolicy != policy {
		t.Errorf("retain: %v, %v", v, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	block := claim("1Gi")
	mode := corev1.PersistentVolumeBlock
	block.Spec.VolumeMode = &mode
	selector, clone := claim("1Gi"), claim("1Gi")
	selector.Spec.Selector = &metav1.LabelSelector{}
	clone.Spec.DataSourceRef = &corev1.TypedObjectReference{}
	for want, c := range map[string]struct {
		claim *corev1.PersistentVolumeClaim
		class *storagev1.StorageClass
	}{
		"volumeMode Block":         {block, class()},
		"selector":                 {selector, class()},
		"dataSource":               {clone, class()},
		"needs at least 300Mi":     {claim("299Mi"), class("medium=xfs")},
		`medium: "ext4"`:           {claim("1Gi"), class("medium=ext4")},
		`speed: "fast" is unknown`: {claim("1Gi"), class("speed=fast")},
	} {
		if _, _, err := build("/v", c.claim, c.class, "node1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestDue(t *testing.T) {
	waits, at := class(), storagev1.VolumeBindingWaitForFirstConsumer
	waits.VolumeBindingMode = &at
	chosen, bound := claim("1Gi"), claim("1Gi")
	chosen.Annotations = map[string]string{selectedNode: "node3"}
	bound.Spec.VolumeName = "v"
	for _, c := range []struct {
		name  string
		claim *corev1.PersistentVolumeClaim
		class *storagev1.StorageClass
		node  string
		now   bool
	}{
		{"nobody uses it yet", claim("1Gi"), waits, "", false},
		{"a pod was placed", chosen, waits, "node3", true},
		{"at once", claim("1Gi"), class(), "", true},
		{"bound", bound, class(), "", false},
	} {
		if node, now := due(c.claim, c.class); node != c.node || now != c.now {
			t.Errorf("%s: %q, %v", c.name, node, now)
		}
	}
}

func TestGrowthAndRemoval(t *testing.T) {
	c := claim("2Gi")
	c.Status.Phase = corev1.ClaimBound
	c.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	if !wantsGrowth(c) {
		t.Error("a claim for more is not seen")
	}
	c.Status.Capacity[corev1.ResourceStorage] = resource.MustParse("2048Mi")
	if wantsGrowth(c) {
		t.Error("the same size in other words is taken for more")
	}
	v, _, err := build("/v", claim("1Gi"), class(), "node1")
	if err != nil {
		t.Fatal(err)
	}
	v.Status.Phase = corev1.VolumeReleased
	if !wantsRemoval(v) {
		t.Error("a released volume stays")
	}
	v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	if wantsRemoval(v) {
		t.Error("a retained volume is removed")
	}
}
