// Package testkit holds what several tests of the stand-ins need: certificates, a fake Elasticsearch, child processes.
package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Authority signs certificates for one test.
type Authority struct {
	t           *testing.T
	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	Path        string
}

// Files are the paths of a certificate and of its key in PKCS#8 and in the older form that Java does not read.
type Files struct{ Certificate, Key, OldKey string }

func write(t *testing.T, path, kind string, der []byte) string {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](t *testing.T, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// NewAuthority makes a certificate authority whose certificate is at Path.
func NewAuthority(t *testing.T, name string) *Authority {
	t.Helper()
	folder := t.TempDir()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	parsed, parseErr := x509.ParseCertificate(must(t, der, err))
	return &Authority{t: t, folder: folder, certificate: must(t, parsed, parseErr), key: key, Path: write(t, filepath.Join(folder, "ca.crt"), "CERTIFICATE", der)}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return must(t, key, err)
}

// Issue makes a certificate for names and addresses, good for servers and clients.
func (a *Authority) Issue(name string, hosts ...string) Files {
	a.t.Helper()
	key := newKey(a.t)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	must(a.t, der, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(a.t, pkcs8, err)
	sec1, err := x509.MarshalECPrivateKey(key)
	must(a.t, sec1, err)
	at := func(suffix string) string { return filepath.Join(a.folder, name+suffix) }
	return Files{write(a.t, at(".crt"), "CERTIFICATE", der), write(a.t, at(".key"), "PRIVATE KEY", pkcs8), write(a.t, at(".ec.key"), "EC PRIVATE KEY", sec1)}
}

// Pair loads a certificate for a server or client in the test.
func (f Files) Pair(t *testing.T) tls.Certificate {
	t.Helper()
	loaded, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	return must(t, loaded, err)
}

// Keystore writes both into a PKCS #12 file beside them, and gives its path.
func (f Files) Keystore(t *testing.T, password string) string {
	t.Helper()
	pair := f.Pair(t)
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	content, encodeErr := pkcs12.Modern.Encode(pair.PrivateKey, must(t, leaf, err), nil, password)
	path := f.Certificate + ".p12"
	if err := os.WriteFile(path, must(t, content, encodeErr), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Pool gives the authority as something to trust.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}
