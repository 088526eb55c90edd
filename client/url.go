package client

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// ParseURL reads the URL of a request, kindly where that is safe and strictly
// where it is not: a missing scheme means http; characters that may not stand
// in a URL are percent-encoded, and what is encoded stays so; dot segments are
// removed; the fragment is dropped. The host is lower-cased and turned into
// its IDNA form, ports are 0 to 65535, IPv6 addresses need brackets, and the
// scheme is http or https. (urllib3's parse_url, with its gaps closed.)
func ParseURL(text string) (*url.URL, error) {
	u, err := parseURL(text)
	if err != nil {
		return nil, newError(kindConfig, "read the URL "+quoteURL(text), err)
	}
	return u, nil
}

func parseURL(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || strings.ContainsAny(scheme, "/?#@") {
		scheme, rest = "http", strings.TrimPrefix(text, "//")
	}
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" {
		return nil, fmt.Errorf("the scheme %q is not http or https", scheme)
	}
	u := &url.URL{Scheme: scheme}
	end := strings.IndexAny(rest, "/?#\\")
	if end < 0 {
		end = len(rest)
	}
	if err := setAuthority(u, rest[:end]); err != nil {
		return nil, err
	}
	if err := setTarget(u, rest[end:]); err != nil {
		return nil, err
	}
	return u, nil
}

// setAuthority reads "user:password@host:port".
func setAuthority(u *url.URL, authority string) error {
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		u.User = userinfo(authority[:at])
		authority = authority[at+1:]
	}
	host, port, err := splitPort(authority)
	if err != nil {
		return err
	}
	if host, err = cleanHost(host); err != nil {
		return err
	}
	u.Host = host
	if port != "" && port != defaultPort(u.Scheme) {
		u.Host += ":" + port
	}
	return nil
}

// userinfo reads "user:password"; a stray % stands for itself.
func userinfo(text string) *url.Userinfo {
	decode := func(s string) string {
		if d, err := url.PathUnescape(encodeInvalid(s, "")); err == nil {
			return d
		}
		return s
	}
	name, password, ok := strings.Cut(text, ":")
	if !ok {
		return url.User(decode(name))
	}
	return url.UserPassword(decode(name), decode(password))
}

// splitPort divides "host:port", where host may be a bracketed IPv6 address.
func splitPort(authority string) (host, port string, err error) {
	if end := strings.LastIndexByte(authority, ']'); end >= 0 {
		host, port = authority[:end+1], authority[end+1:]
		if port != "" && port[0] != ':' {
			return "", "", errors.New("something stands between the address and the port")
		}
		port = strings.TrimPrefix(port, ":")
	} else if host, port, _ = strings.Cut(authority, ":"); strings.Contains(port, ":") {
		return "", "", errors.New("an IPv6 address needs brackets")
	}
	if port == "" {
		return host, "", nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return "", "", fmt.Errorf("the port %q is not a number from 0 to 65535", port)
	}
	return host, strconv.FormatUint(n, 10), nil
}

func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// nameChars are those of a host name, with what is found in practice.
const nameChars = "abcdefghijklmnopqrstuvwxyz0123456789-._~"

// cleanHost checks a host name or address and gives its ASCII form.
func cleanHost(host string) (string, error) {
	if host == "" {
		return "", errors.New("there is no host")
	}
	if host[0] == '[' {
		return cleanIPv6(host)
	}
	if decoded, err := url.PathUnescape(host); err == nil {
		host = decoded
	}
	dot := strings.HasSuffix(host, ".") // the root; IDNA's strict rules refuse it
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if !isASCII(name) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err == nil {
			err = onlyLetters(ascii)
		}
		if err != nil {
			return "", fmt.Errorf("the host %q is not a valid name: %w", host, err)
		}
		name = ascii
	}
	if name == "" || strings.Trim(name, nameChars) != "" {
		return "", fmt.Errorf("the host %q is not a valid name", host)
	}
	if dot {
		name += "."
	}
	return name, nil
}

// onlyLetters refuses the symbols, emoji above all, that IDNA 2008 forbids and
// package idna lets pass.
func onlyLetters(ascii string) error {
	name, err := idna.Lookup.ToUnicode(ascii)
	if err != nil {
		return err
	}
	for _, r := range name {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Cf) && !strings.ContainsRune("-._·͵׳״・", r) {
			return fmt.Errorf("%q cannot stand in a host name", r)
		}
	}
	return nil
}

// cleanIPv6 checks "[address%zone]". In a url.URL the zone follows a bare %.
func cleanIPv6(host string) (string, error) {
	address := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	address = strings.Replace(address, "%25", "%", 1)
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is6() || strings.Trim(ip.Zone(), nameChars+"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("%q is not an IPv6 address", host)
	}
	return "[" + ip.String() + "]", nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// setTarget reads "/path?query#fragment".
func setTarget(u *url.URL, target string) error {
	target, _, _ = strings.Cut(target, "#")
	path, query, hasQuery := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u.RawPath = removeDots(encodeInvalid(path, "/:@"))
	decoded, err := url.PathUnescape(u.RawPath)
	if err != nil {
		return err
	}
	u.Path = decoded
	u.RawQuery = encodeInvalid(query, "/:@?")
	u.ForceQuery = hasQuery && query == ""
	return nil
}

// encodeInvalid percent-encodes what may not stand in a URL: all but
// unreserved characters, sub-delimiters and those of also. Valid escapes stay,
// in upper case.
func encodeInvalid(s, also string) string {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;="
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case strings.IndexByte(allowed, c) >= 0 || strings.IndexByte(also, c) >= 0:
			b.WriteByte(c)
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteString(strings.ToUpper(s[i : i+3]))
			i += 2
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// removeDots removes "." and ".." segments (RFC 3986, section 5.2.4).
func removeDots(path string) string {
	var out []string
	segments := strings.Split(path, "/")[1:]
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".", "..":
			if s == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

// resolveURL reads the Location of a response to base.
func resolveURL(base *url.URL, location string) (*url.URL, error) {
	ref, err := url.Parse(encodeInvalid(strings.TrimSpace(location), "/:@?#[]"))
	if err != nil {
		return nil, errors.New("the Location is not a URL")
	}
	return parseURL(base.ResolveReference(ref).String())
}

// sameOrigin reports equal scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && hostPort(a) == hostPort(b)
}

// hostPort gives "host:port" without a trailing dot of the name.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return strings.TrimSuffix(u.Hostname(), ".") + ":" + port
}

// dialAddress gives the "host:port" that the transport dials for u.
func dialAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// hostHeader gives what stands in the Host header: no trailing dot, no zone.
func hostHeader(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	host = strings.TrimSuffix(host, ".")
	if strings.Contains(host, ":") {
		host, _, _ = strings.Cut(host, "%")
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return host
}

// quoteURL shows a URL that could not be read, without userinfo and query.
func quoteURL(text string) string {
	text, _, _ = strings.Cut(text, "?")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			rest = rest[at+1:]
		}
		return strconv.Quote(scheme + "://" + rest)
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	return strconv.Quote(text)
}
