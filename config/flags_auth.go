package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/client"
)

// AuthFlags are curl's flags on who asks.
type AuthFlags struct {
	User      string // -u: user:password
	Digest    bool   // --digest, with -u
	SigV4     string // --aws-sigv4: aws:amz[:REGION[:SERVICE]], with -u key:secret
	Bearer    string // --oauth2-bearer
	Netrc     bool   // -n: ~/.netrc
	NetrcFile string // --netrc-file
}

func (f *AuthFlags) addAuth(r *httsleep.Request, stdin io.Reader) error {
	user, password, hasPassword := strings.Cut(f.User, ":")
	pair := []string{escape(user), escape(password)}
	switch {
	case f.User == "" && (f.Digest || f.SigV4 != ""):
		return errors.New("--digest and --aws-sigv4 take user and password from --user")
	case f.User != "" && !hasPassword:
		return errors.New("--user: want user:password; the password is not asked for")
	case f.SigV4 != "":
		signature, err := f.signature(r.URL)
		if err != nil {
			return fmt.Errorf("--aws-sigv4: %w", err)
		}
		signature.Access, signature.Secret = pair[0], pair[1]
		r.Auth.SigV4 = signature
	case f.Digest:
		r.Auth.Digest = pair
	case hasHeader(r, "Authorization"):
		// As with curl, a header that is given stands.
	case f.User != "":
		r.Auth.Basic = pair
	case f.Bearer != "":
		r.Auth.Bearer = escape(f.Bearer)
	default:
		return f.addNetrc(r, stdin)
	}
	return nil
}

// signature reads aws:amz:REGION:SERVICE; what is missing is taken from the name
// of the host, SERVICE.REGION.amazonaws.com, as curl does.
func (f *AuthFlags) signature(target string) (*httsleep.SigV4, error) {
	parts := strings.Split(f.SigV4, ":")
	if len(parts) > 4 {
		return nil, fmt.Errorf("%q: want aws:amz:REGION:SERVICE", f.SigV4)
	}
	parts = append(parts, "", "", "", "")
	s := &httsleep.SigV4{Region: parts[2], Service: parts[3]}
	if s.Region != "" && s.Service != "" {
		return s, nil
	}
	u, err := client.ParseURL(target)
	if err != nil {
		return nil, err
	}
	labels := strings.Split(u.Hostname(), ".")
	if len(labels) < 3 {
		return nil, fmt.Errorf("%q names no region and service, and the host %s does not either: want aws:amz:REGION:SERVICE", f.SigV4, u.Hostname())
	}
	if s.Region == "" {
		s.Region = labels[1]
	}
	if s.Service == "" {
		s.Service = labels[0]
	}
	return s, nil
}

// addNetrc reads the file of logins. That of the home directory may be missing.
func (f *AuthFlags) addNetrc(r *httsleep.Request, stdin io.Reader) error {
	name := f.NetrcFile
	if name == "" {
		home, err := os.UserHomeDir()
		if !f.Netrc || err != nil {
			return nil
		}
		name = filepath.Join(home, ".netrc")
	}
	content, err := ReadFlagFile(name, stdin)
	if errors.Is(err, fs.ErrNotExist) && f.NetrcFile == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("--netrc-file: %w", err)
	}
	r.Auth.Logins = string(content)
	return nil
}

// cookiesOf reads a file of cookies, in Netscape's format or as lines of
// Set-Cookie, and returns those that go to a URL as a Cookie field has them.
func cookiesOf(name, target string, stdin io.Reader) (string, error) {
	content, err := ReadFlagFile(name, stdin)
	if err != nil {
		return "", fmt.Errorf("%w; cookies themselves are 'name=value; name=value'", err)
	}
	u, err := client.ParseURL(target)
	if err != nil {
		return "", err
	}
	jar := client.NewJar()
	for number, line := range strings.Split(string(content), "\n") {
		if err := addCookie(jar, u, strings.TrimSuffix(line, "\r")); err != nil {
			return "", fmt.Errorf("%s:%d: %w", name, number+1, err)
		}
	}
	var pairs []string
	for _, c := range jar.Cookies(u) {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return strings.Join(pairs, "; "), nil
}

// addCookie reads one line of a file of cookies. A cookie of another host is
// none of ours.
func addCookie(jar *client.Jar, u *url.URL, line string) error {
	if header, ok := strings.CutPrefix(line, "Set-Cookie:"); ok {
		cookie, err := http.ParseSetCookie(strings.TrimSpace(header))
		if err == nil {
			jar.SetCookies(u, []*http.Cookie{cookie})
		}
		return err
	}
	line, httpOnly := strings.CutPrefix(line, "#HttpOnly_")
	if strings.TrimSpace(line) == "" || !httpOnly && strings.HasPrefix(line, "#") {
		return nil
	}
	fields := strings.Split(line, "\t")
	if len(fields) != 7 {
		return fmt.Errorf("want a cookie of 7 fields with tabs between them, got %d", len(fields))
	}
	seconds, err := strconv.ParseInt(fields[4], 10, 64)
	if err != nil {
		return fmt.Errorf("%q is no time of expiry", fields[4])
	}
	cookie := &http.Cookie{Name: fields[5], Value: fields[6], Path: fields[2], Secure: fields[3] == "TRUE", HttpOnly: httpOnly}
	if seconds > 0 {
		cookie.Expires = time.Unix(seconds, 0)
	}
	host := strings.TrimPrefix(fields[0], ".")
	if fields[1] == "TRUE" {
		cookie.Domain = host
	}
	jar.SetCookies(&url.URL{Scheme: u.Scheme, Host: host, Path: "/"}, []*http.Cookie{cookie})
	return nil
}

// hasHeader says whether a request sets a header field, in whatever case.
func hasHeader(r *httsleep.Request, name string) bool {
	for given := range r.Headers {
		if strings.EqualFold(given, name) {
			return true
		}
	}
	return false
}
