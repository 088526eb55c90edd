package client

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"strings"
)

// fingerprint is the pinned digest of a certificate; nil pins nothing. Its
// length tells the hash, as in urllib3's assert_fingerprint.
type fingerprint []byte

func parseFingerprint(text string) (fingerprint, error) {
	if text == "" {
		return nil, nil
	}
	pin, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
	if err != nil {
		return nil, fmt.Errorf("fingerprint is not hexadecimal: %w", err)
	}
	if n := len(pin); n != md5.Size && n != sha1.Size && n != sha256.Size {
		return nil, fmt.Errorf("fingerprint has %d digits, not 32, 40 or 64", 2*n)
	}
	return pin, nil
}

func (f fingerprint) check(state tls.ConnectionState) error {
	if f == nil {
		return nil
	}
	der := state.PeerCertificates[0].Raw
	var got []byte
	switch len(f) {
	case md5.Size:
		sum := md5.Sum(der)
		got = sum[:]
	case sha1.Size:
		sum := sha1.Sum(der)
		got = sum[:]
	default:
		sum := sha256.Sum256(der)
		got = sum[:]
	}
	if subtle.ConstantTimeCompare(f, got) == 1 {
		return nil
	}
	return &tls.CertificateVerificationError{
		UnverifiedCertificates: state.PeerCertificates,
		Err:                    fmt.Errorf("the certificate's fingerprint is %x, not the pinned %x", got, []byte(f)),
	}
}
