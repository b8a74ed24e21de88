package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func unpack(t *testing.T, r io.Reader) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for a := tar.NewReader(r); ; {
		h, err := a.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if found[h.Name], err = io.ReadAll(a); err != nil {
			t.Fatal(err)
		}
	}
}

// Every digest and size that the archive states is followed from the index to the file inside the layer.
func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("content"), 0o700); err != nil {
		t.Fatal(err)
	}
	m := Image{Name: "e2e.weir.dev/thing:2", Files: []File{{file, "/opt/a/program"}}}
	var out, again bytes.Buffer
	if err := Write(&out, m); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, m); err != nil || !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Errorf("written twice, the archives differ (%v)", err)
	}
	archive := unpack(t, &out)
	follow := func(d descriptor) []byte {
		b := archive["blobs/"+strings.Replace(d.Digest, ":", "/", 1)]
		sum := sha256.Sum256(b)
		if len(b) != d.Size || "sha256:"+hex.EncodeToString(sum[:]) != d.Digest {
			t.Fatalf("%+v does not fit its blob of %d bytes", d, len(b))
		}
		return b
	}
	var index, manifest struct {
		Manifests, Layers []descriptor
		Config            descriptor
	}
	if err := json.Unmarshal(archive["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	if got := index.Manifests[0].Annotations["io.containerd.image.name"]; got != m.Name {
		t.Errorf("name %q", got)
	}
	if err := json.Unmarshal(follow(index.Manifests[0]), &manifest); err != nil {
		t.Fatal(err)
	}
	var config struct {
		Config struct{ Entrypoint []string }
		Rootfs struct {
			Diffs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(follow(manifest.Config), &config); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.Config.Entrypoint, []string{"/opt/a/program"}) {
		t.Errorf("entrypoint %v", config.Config.Entrypoint)
	}
	z, err := gzip.NewReader(bytes.NewReader(follow(manifest.Layers[0])))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(raw); config.Rootfs.Diffs[0] != "sha256:"+hex.EncodeToString(sum[:]) {
		t.Error("the layer's digest before compression is wrong")
	}
	inside := unpack(t, bytes.NewReader(raw))
	if string(inside["opt/a/program"]) != "content" {
		t.Errorf("the layer holds %v", inside)
	}
	for _, folder := range []string{"tmp/", "data/", "opt/", "opt/a/"} {
		if _, ok := inside[folder]; !ok {
			t.Errorf("folder %s is missing", folder)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, m := range []Image{{Name: "no-tag", Files: []File{{"/bin/true", "/true"}}}, {Name: "port:5000/no-tag", Files: []File{{"/bin/true", "/true"}}}, {Name: "a:1"}} {
		if err := Write(io.Discard, m); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
}

func TestParseFile(t *testing.T) {
	if got := ParseFile("bin/weir"); got != (File{"bin/weir", "/weir"}) {
		t.Error(got)
	}
	if got := ParseFile("bin/weir=/usr/bin/weir"); got != (File{"bin/weir", "/usr/bin/weir"}) {
		t.Error(got)
	}
}
