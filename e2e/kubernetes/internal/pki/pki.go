// Package pki makes a cluster's certificates and the kubeconfigs that carry them.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificates last as long as a forgotten cluster might.
const life = 30 * 24 * time.Hour

// Authority signs everything in one cluster.
type Authority struct {
	folder string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	// PEM is the certificate that clients trust.
	PEM []byte
}

// Subject is who a certificate speaks for: to the API server the name is the user, the organisation the group.
type Subject struct {
	File         string // name of the files without extension
	Name         string
	Organisation string
	DNS          []string
	IPs          []string
}

// New makes an authority and writes ca.crt and ca.key into the folder.
func New(folder string) (*Authority, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := template(pkix.Name{CommonName: "weir-test-kubernetes"})
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &Authority{folder: folder, cert: cert, key: key, PEM: encode("CERTIFICATE", der)}
	return a, a.write("ca", a.PEM, key)
}

// Issue writes FILE.crt and FILE.key, good for servers and clients, and gives them back as PEM.
func (a *Authority) Issue(s Subject) (cert, key []byte, err error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	name := pkix.Name{CommonName: s.Name}
	if s.Organisation != "" {
		name.Organization = []string{s.Organisation}
	}
	t := template(name)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	t.DNSNames = s.DNS
	for _, ip := range s.IPs {
		t.IPAddresses = append(t.IPAddresses, net.ParseIP(ip))
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, k.Public(), a.key)
	if err != nil {
		return nil, nil, err
	}
	cert = encode("CERTIFICATE", der)
	if err := a.write(s.File, cert, k); err != nil {
		return nil, nil, err
	}
	key, err = os.ReadFile(filepath.Join(a.folder, s.File+".key"))
	return cert, key, err
}

// ServiceAccountKeys writes the pair that signs the tokens of service accounts: sa.key and sa.pub.
func (a *Authority) ServiceAccountKeys() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.folder, "sa.pub"), encode("PUBLIC KEY", public), 0o644); err != nil {
		return err
	}
	return a.write("sa", nil, key)
}

func (a *Authority) write(name string, cert []byte, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.folder, name+".key"), encode("EC PRIVATE KEY", der), 0o600); err != nil {
		return err
	}
	if cert == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(a.folder, name+".crt"), cert, 0o644)
}

// Kubeconfig is a whole one, with the certificates in it: it can be copied anywhere.
func (a *Authority) Kubeconfig(server, user string, cert, key []byte) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: weir-test
contexts:
- name: weir-test
  context: {cluster: weir-test, user: %[2]s}
clusters:
- name: weir-test
  cluster:
    server: %[1]s
    certificate-authority-data: %[3]s
users:
- name: %[2]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
`, server, user, b64(a.PEM), b64(cert), b64(key))
}

func template(name pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // the standard library promises that it doesn't happen
	}
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life)}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
