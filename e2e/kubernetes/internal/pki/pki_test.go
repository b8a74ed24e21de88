package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestIssue(t *testing.T) {
	folder := t.TempDir()
	a, err := New(folder)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, err := a.Issue(Subject{File: "node1", Name: "system:node:node1", Organisation: "system:nodes", DNS: []string{"node1"}, IPs: []string{"10.199.0.11"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		t.Error(err)
	}
	block, _ := pem.Decode(cert)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM)
	for _, name := range []string{"node1", "10.199.0.11"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "node2"}); err == nil {
		t.Error("the certificate speaks for another node")
	}
	if leaf.Subject.CommonName != "system:node:node1" || leaf.Subject.Organization[0] != "system:nodes" {
		t.Errorf("subject %v", leaf.Subject)
	}
	for _, secret := range []string{"ca.key", "node1.key"} {
		if info, err := os.Stat(filepath.Join(folder, secret)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", secret, info, err)
		}
	}
}

func TestServiceAccountKeys(t *testing.T) {
	folder := t.TempDir()
	a, err := New(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ServiceAccountKeys(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"sa.key", "sa.pub"} {
		b, err := os.ReadFile(filepath.Join(folder, f))
		if block, _ := pem.Decode(b); err != nil || block == nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestKubeconfig(t *testing.T) {
	a := &Authority{PEM: []byte("authority")}
	got := string(a.Kubeconfig("https://127.0.0.1:1", "admin", []byte("cert"), []byte("key")))
	for _, want := range []string{"server: https://127.0.0.1:1\n", "certificate-authority-data: YXV0aG9yaXR5\n", "user: admin}", "client-key-data: a2V5\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
