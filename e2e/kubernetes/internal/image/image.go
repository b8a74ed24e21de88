// Package image packs static binaries into an OCI image archive, as `ctr image import` and `podman load` read it.
package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strings"
	"time"
)

// Image is what to pack.
type Image struct {
	Name       string   // NAME:TAG
	Files      []File   // regular files, all executable
	Entrypoint []string // the first file if nil
}

// File takes a file of this machine to a place in the image.
type File struct{ From, To string }

// ParseFile reads FILE or FILE=/path/in/image.
func ParseFile(s string) File {
	from, to, given := strings.Cut(s, "=")
	if !given {
		to = "/" + path.Base(from)
	}
	return File{from, to}
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// blobs are what the archive stores under their digests.
type blobs struct {
	order []string
	data  map[string][]byte
}

func (b *blobs) put(mediaType string, data []byte) descriptor {
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	if _, known := b.data[digest]; !known {
		b.order, b.data[digest] = append(b.order, digest), data
	}
	return descriptor{MediaType: mediaType, Digest: "sha256:" + digest, Size: len(data)}
}

// Write writes the archive. The same input gives the same bytes.
func Write(w io.Writer, m Image) error {
	_, tag, tagged := strings.Cut(path.Base(m.Name), ":")
	if !tagged || len(m.Files) == 0 {
		return fmt.Errorf("an image needs NAME:TAG (%q) and at least one file", m.Name)
	}
	layer, diff, err := layer(m.Files)
	if err != nil {
		return err
	}
	entrypoint := m.Entrypoint
	if len(entrypoint) == 0 {
		entrypoint = []string{m.Files[0].To}
	}
	store := blobs{data: map[string][]byte{}}
	config := store.put("application/vnd.oci.image.config.v1+json", encode(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config":  map[string]any{"Entrypoint": entrypoint, "Env": []string{"PATH=/bin:/"}, "WorkingDir": "/"},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{diff}},
		"history": []any{map[string]string{"created_by": "kubernetes pack"}},
	}))
	manifest := store.put("application/vnd.oci.image.manifest.v1+json", encode(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": config, "layers": []descriptor{store.put("application/vnd.oci.image.layer.v1.tar+gzip", layer)},
	}))
	manifest.Platform = map[string]string{"architecture": runtime.GOARCH, "os": "linux"}
	// containerd takes the image's full name from its own annotation: the standard one holds a tag only.
	manifest.Annotations = map[string]string{"io.containerd.image.name": m.Name, "org.opencontainers.image.ref.name": tag}

	t := tar.NewWriter(w)
	add := func(name string, data []byte) {
		if err == nil {
			err = addFile(t, name, 0o644, data)
		}
	}
	add("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	add("index.json", encode(map[string]any{"schemaVersion": 2, "manifests": []descriptor{manifest}}))
	for _, digest := range store.order {
		add("blobs/sha256/"+digest, store.data[digest])
	}
	if err != nil {
		return err
	}
	return t.Close()
}

// layer is the image's one layer, compressed, with the digest of its content before compression.
func layer(files []File) (packed []byte, diff string, err error) {
	var out bytes.Buffer
	sum := sha256.New()
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, "", err
	}
	t := tar.NewWriter(io.MultiWriter(z, sum))
	made := map[string]bool{".": true, "/": true}
	folder := func(name string, mode int64) error {
		made[name] = true
		return t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR})
	}
	// Programs expect these, and a volume can be mounted there.
	for _, f := range []struct {
		name string
		mode int64
	}{{"tmp", 0o1777}, {"etc", 0o755}, {"data", 0o755}, {"bin", 0o755}} {
		if err := folder(f.name, f.mode); err != nil {
			return nil, "", err
		}
	}
	for _, f := range files {
		name := strings.TrimPrefix(path.Clean(f.To), "/")
		parents := []string{}
		for d := path.Dir(name); !made[d]; d = path.Dir(d) {
			parents = append([]string{d}, parents...)
		}
		for _, d := range parents {
			if err := folder(d, 0o755); err != nil {
				return nil, "", err
			}
		}
		data, err := os.ReadFile(f.From)
		if err != nil {
			return nil, "", err
		}
		if err := addFile(t, name, 0o755, data); err != nil {
			return nil, "", err
		}
	}
	if err := t.Close(); err != nil {
		return nil, "", err
	}
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), "sha256:" + hex.EncodeToString(sum.Sum(nil)), nil
}

func addFile(t *tar.Writer, name string, mode int64, data []byte) error {
	h := &tar.Header{Name: name, Mode: mode, Size: int64(len(data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err := t.Write(data)
	return err
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and strings only
	}
	return b
}
