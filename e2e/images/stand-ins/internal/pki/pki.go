// Package pki reads certificates and keys from PEM files, and refuses what the real programs cannot read.
package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

// Pool reads all certificates of the files into one pool. A file without any certificate is an error.
func Pool(paths ...string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("cannot read the certificate authorities %s: %w", path, err)
		}
		if !pool.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("%s holds no PEM certificate", path)
		}
	}
	return pool, nil
}

// Pair reads a certificate and its key and checks that they belong together. Java reads keys in PKCS#8 only.
func Pair(certificatePath, keyPath string, onlyPKCS8 bool) (tls.Certificate, error) {
	certificate, err := os.ReadFile(certificatePath)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("cannot read the certificate %s: %w", certificatePath, err)
	}
	key, err := os.ReadFile(keyPath)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("cannot read the key %s: %w", keyPath, err)
	}
	if onlyPKCS8 {
		if err := checkPKCS8(key); err != nil {
			return tls.Certificate{}, fmt.Errorf("File does not contain valid private key: %s: %w", keyPath, err)
		}
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		// The standard library's words never hold key material.
		return tls.Certificate{}, fmt.Errorf("certificate %s and key %s cannot be used together: %w", certificatePath, keyPath, err)
	}
	return pair, nil
}

// Keystore reads the key and the certificates of a PKCS #12 file. Java also takes its own older format, JKS; this does not.
func Keystore(path, password string) (tls.Certificate, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("API Keystore could not be opened (%w)", err)
	}
	key, leaf, others, err := pkcs12.DecodeChain(content, password)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("API Keystore could not be opened (%w)", err)
	}
	loaded := tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for _, other := range others {
		loaded.Certificate = append(loaded.Certificate, other.Raw)
	}
	return loaded, nil
}

func checkPKCS8(key []byte) error {
	block, _ := pem.Decode(key)
	switch {
	case block == nil:
		return errors.New("it is no PEM file")
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return errors.New("this stand-in cannot read keys with a passphrase")
	case block.Type != "PRIVATE KEY":
		return fmt.Errorf("the key is not in PKCS#8 format but a %q", block.Type)
	}
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
		return errors.New("the key is not in PKCS#8 format")
	}
	return nil
}

var protocols = map[string]uint16{"TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

// Versions gives the lowest and highest of the named protocols; without names TLS 1.2 and newer.
func Versions(names []string) (lowest, highest uint16) {
	lowest, highest = tls.VersionTLS12, 0
	for i, name := range names {
		version := protocols[name]
		if i == 0 || version < lowest {
			lowest = version
		}
		highest = max(highest, version)
	}
	return lowest, highest
}

// Suites gives the numbers of cipher suites by name.
func Suites(names []string) []uint16 {
	numbers := []uint16{}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		for _, name := range names {
			if suite.Name == name {
				numbers = append(numbers, suite.ID)
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	return numbers
}
