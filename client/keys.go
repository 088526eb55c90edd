package client

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/youmark/pkcs8"
)

// keyPair reads a certificate chain and its key. An empty key means that cert
// holds both.
func keyPair(cert, key []byte, password string) (tls.Certificate, error) {
	if key == nil {
		key = cert
	}
	key, err := plainKey(key, password)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("client certificate: %w", err)
	}
	return pair, nil
}

// plainKey gives the PEM text with its private key decrypted.
func plainKey(text []byte, password string) ([]byte, error) {
	for rest := text; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return text, nil
		}
		legacy := x509.IsEncryptedPEMBlock(block) //nolint:staticcheck // the only reader of PKCS #1 encryption
		if !legacy && block.Type != "ENCRYPTED PRIVATE KEY" {
			continue
		}
		if password == "" {
			return nil, errors.New("the key is encrypted and a password is required (key_password)")
		}
		if legacy {
			return decryptPKCS1(block, password)
		}
		return decryptPKCS8(block, password)
	}
}

func decryptPKCS1(block *pem.Block, password string) ([]byte, error) {
	der, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // as above
	if err != nil {
		return nil, errors.New("the key cannot be decrypted with key_password")
	}
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
}

func decryptPKCS8(block *pem.Block, password string) ([]byte, error) {
	key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
	if err != nil {
		return nil, fmt.Errorf("the key cannot be decrypted with key_password: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("decrypted key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// LoadTLS fills CA, Cert and Key of t from files. ca may also be a folder, of
// which every file that holds certificates counts; an empty path leaves its
// field alone.
func LoadTLS(t TLS, ca, cert, key string) (TLS, error) {
	for _, f := range []struct {
		path string
		into *[]byte
		read func(string) ([]byte, error)
	}{{ca, &t.CA, readRoots}, {cert, &t.Cert, os.ReadFile}, {key, &t.Key, os.ReadFile}} {
		if f.path == "" {
			continue
		}
		text, err := f.read(f.path)
		if err != nil {
			return t, newError(kindConfig, "read certificates", err)
		}
		*f.into = text
	}
	return t, nil
}

// readRoots reads a file of certificates, or every such file of a folder.
func readRoots(path string) ([]byte, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !stat.IsDir() {
		return os.ReadFile(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err == nil && bytes.Contains(text, []byte("-----BEGIN ")) {
			all = append(append(all, text...), '\n')
		}
	}
	if !strings.Contains(string(all), "CERTIFICATE-----") {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("no file there holds a certificate")}
	}
	return all, nil
}
