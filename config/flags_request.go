package config

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep"
)

// RequestFlags are curl's flags for a request, as curl reads them, so that a
// line copied from elsewhere pastes. The zero value is a plain GET.
type RequestFlags struct {
	Method    string   // -X
	Headers   []string // -H: "Name: value", "Name:" removes, "Name;" is empty, @FILE
	Data      []Data   // -d and its like, in order
	Form      []string // -F: name=value, name=@FILE, name=<FILE
	Get       bool     // -G: the data goes into the query
	Head      bool     // -I
	Cookies   []string // -b: "a=b; c=d", or a file of cookies
	UserAgent *string  // -A; "" removes it
	Referer   string   // -e

	AuthFlags
	ConnectionFlags

	Compressed bool          // --compressed
	NoFollow   bool          // --no-follow, the opposite of -L
	MaxRedirs  string        // --max-redirs: a number, -1 for no bound
	MaxBody    httsleep.Size // --max-filesize
	Retry      string        // --retry: a number of retries inside one attempt
	RetryDelay httsleep.Duration
}

// Data is one piece of a request body.
type Data struct {
	Flag DataFlag
	Text string
}

// DataFlag is the flag that gave a piece of a request body.
type DataFlag string

// The flags of curl that give a body.
const (
	DataPlain  DataFlag = "data"           // @FILE is read, without its line ends
	DataRaw    DataFlag = "data-raw"       // @ means nothing
	DataBinary DataFlag = "data-binary"    // @FILE is read as it is
	DataEncode DataFlag = "data-urlencode" // text, name=text, @FILE or name@FILE, encoded
	DataJSON   DataFlag = "json"           // as data-binary, with JSON's headers
)

// Request makes the request that the flags describe for one URL. Files are read
// now; @- is stdin. The command line holds no references: those are for files,
// and the shell has had its turn.
func (f *RequestFlags) Request(target string, stdin io.Reader) (httsleep.Request, error) {
	r := httsleep.Request{
		URL: target, Method: f.Method, Headers: make(httsleep.Headers), MaxBody: f.MaxBody,
	}
	for _, step := range []func(*httsleep.Request, io.Reader) error{
		f.addHeaders, f.addIdentity, f.addAuth, f.addBody, f.addForm, f.addTLS, f.addConnection, f.addProxy,
		f.addSwitches, f.addRetry,
	} {
		if err := step(&r, stdin); err != nil {
			return httsleep.Request{}, err
		}
	}
	r.URL = escape(r.URL)
	return r, nil
}

func (f *RequestFlags) addHeaders(r *httsleep.Request, stdin io.Reader) error {
	lines := f.Headers
	for _, text := range f.Headers {
		name, isFile := strings.CutPrefix(text, "@")
		if !isFile {
			continue
		}
		content, err := ReadFlagFile(name, stdin)
		if err != nil {
			return fmt.Errorf("--header: %w", err)
		}
		lines = append(lines[:len(lines):len(lines)], strings.FieldsFunc(string(content), isLineEnd)...)
	}
	for _, line := range lines {
		if err := addHeader(r, line); err != nil {
			return err
		}
	}
	return nil
}

func isLineEnd(c rune) bool { return c == '\n' || c == '\r' }

// addHeader adds one field in one of curl's three forms.
func addHeader(r *httsleep.Request, line string) error {
	if strings.HasPrefix(line, "@") {
		return nil
	}
	name, value, hasColon := strings.Cut(line, ":")
	empty := false
	if !hasColon {
		name, empty = strings.CutSuffix(strings.TrimSpace(line), ";")
	}
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	switch {
	case name == "" || !hasColon && !empty:
		return errors.New("--header: want 'Name: value', 'Name:' to remove it or 'Name;' for an empty one")
	case hasColon && value == "":
		r.Headers[http.CanonicalHeaderKey(name)] = httsleep.Values{}
	default:
		key := http.CanonicalHeaderKey(name)
		r.Headers[key] = append(r.Headers[key], escape(value))
	}
	return nil
}

// setDefault sets a header field that no -H mentions.
func setDefault(r *httsleep.Request, name, value string) {
	if _, present := r.Headers[name]; !present {
		r.Headers[name] = httsleep.Values{escape(value)}
	}
}

func (f *RequestFlags) addIdentity(r *httsleep.Request, stdin io.Reader) error {
	var cookies []string
	for _, text := range f.Cookies {
		if !strings.Contains(text, "=") {
			var err error
			if text, err = cookiesOf(text, r.URL, stdin); err != nil {
				return fmt.Errorf("--cookie: %w", err)
			}
		}
		if text != "" {
			cookies = append(cookies, text)
		}
	}
	if len(cookies) > 0 {
		setDefault(r, "Cookie", strings.Join(cookies, "; "))
	}
	if f.Referer != "" {
		setDefault(r, "Referer", strings.TrimSuffix(f.Referer, ";auto"))
	}
	if f.UserAgent != nil {
		setDefault(r, "User-Agent", *f.UserAgent)
		if *f.UserAgent == "" {
			r.Headers["User-Agent"] = httsleep.Values{}
		}
	}
	return nil
}

// addBody joins the pieces of data to a body, or with -G to the query.
func (f *RequestFlags) addBody(r *httsleep.Request, stdin io.Reader) error {
	if len(f.Data) == 0 {
		return nil
	}
	var body strings.Builder
	kind := "application/x-www-form-urlencoded"
	for i, d := range f.Data {
		text, err := d.content(stdin)
		if err != nil {
			return fmt.Errorf("--%s: %w", d.Flag, err)
		}
		if d.Flag == DataJSON {
			kind = "application/json"
		} else if i > 0 {
			body.WriteByte('&')
		}
		body.WriteString(text)
	}
	if f.Get {
		r.URL = addQuery(r.URL, body.String())
		return nil
	}
	if kind == "application/json" {
		setDefault(r, "Accept", kind)
	}
	setDefault(r, "Content-Type", kind)
	text := escape(body.String())
	r.Body = &text
	return nil
}

// addQuery appends to the query of a URL.
func addQuery(target, query string) string {
	target, fragment, hasFragment := strings.Cut(target, "#")
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	target += mark + query
	if hasFragment {
		target += "#" + fragment
	}
	return target
}

// content reads and encodes one piece of data.
func (d Data) content(stdin io.Reader) (string, error) {
	if d.Flag == DataEncode {
		return encodeData(d.Text, stdin)
	}
	name, isFile := strings.CutPrefix(d.Text, "@")
	if !isFile || d.Flag == DataRaw {
		return d.Text, nil
	}
	content, err := ReadFlagFile(name, stdin)
	if d.Flag == DataPlain {
		return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(content)), err
	}
	return string(content), err
}

// encodeData reads curl's --data-urlencode: only what follows the first = or @
// is encoded, the name before it stands as it is.
func encodeData(text string, stdin io.Reader) (string, error) {
	at := strings.IndexAny(text, "=@")
	if at < 0 {
		return escapeData(text), nil
	}
	name, rest := text[:at], text[at+1:]
	if text[at] == '@' {
		content, err := ReadFlagFile(rest, stdin)
		if err != nil {
			return "", err
		}
		rest = string(content)
	}
	if name != "" {
		name += "="
	}
	return name + escapeData(rest), nil
}

// escapeData encodes as curl does: a blank is %20, not a plus sign.
func escapeData(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// addForm makes the parts of a multipart body.
func (f *RequestFlags) addForm(r *httsleep.Request, stdin io.Reader) error {
	if len(f.Form) > 0 && len(f.Data) > 0 {
		return errors.New("--form: not together with --data: a request has one body")
	}
	for _, text := range f.Form {
		part, err := formPart(text, stdin)
		if err != nil {
			return fmt.Errorf("--form: %w", err)
		}
		r.Multipart = append(r.Multipart, part)
	}
	return nil
}

// formPart reads name=value, name=@file or name=<file, with ;type= and
// ;filename= behind it.
func formPart(text string, stdin io.Reader) (httsleep.Part, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return httsleep.Part{}, fmt.Errorf("%q: want name=value or name=@file", text)
	}
	value, settings := cutSettings(value)
	part := httsleep.Part{
		Name: escape(name), Value: escape(value),
		ContentType: escape(settings["type"]), Filename: escape(settings["filename"]),
	}
	file, attached := strings.CutPrefix(value, "@")
	if !attached {
		if file, ok = strings.CutPrefix(value, "<"); !ok {
			return part, nil
		}
	}
	content, err := ReadFlagFile(file, stdin)
	if err != nil {
		return httsleep.Part{}, err
	}
	part.Value = escape(string(content))
	if attached && part.Filename == "" {
		part.Filename = escape(filepath.Base(file))
	}
	return part, nil
}

// cutSettings takes ;type=… and ;filename=… off the end of a form value.
func cutSettings(value string) (string, map[string]string) {
	settings := make(map[string]string)
	for {
		at := strings.LastIndexByte(value, ';')
		if at < 0 {
			return value, settings
		}
		key, setting, _ := strings.Cut(value[at+1:], "=")
		key = strings.TrimSpace(key)
		if key != "type" && key != "filename" {
			return value, settings
		}
		settings[key] = strings.Trim(setting, `"`)
		value = value[:at]
	}
}

func (f *RequestFlags) addSwitches(r *httsleep.Request, _ io.Reader) error {
	switch {
	case f.Method != "":
	case f.Head:
		r.Method = http.MethodHead
	case f.Get:
		r.Method = http.MethodGet
	}
	if f.Compressed {
		r.Compressed = &f.Compressed
	}
	if f.NoFollow {
		r.Redirects.Follow = new(bool)
	}
	if f.MaxRedirs != "" {
		most, err := strconv.Atoi(f.MaxRedirs)
		if err != nil || most < -1 {
			return fmt.Errorf("--max-redirs: %q is no number of redirects", f.MaxRedirs)
		}
		if most == -1 {
			most = unboundedRedirects
		}
		r.Redirects.Max = &most
	}
	return nil
}

// unboundedRedirects is what -1 means: as many as anyone would wait for.
const unboundedRedirects = 1000

// curlRetries are the status codes that curl's --retry takes for transient.
var curlRetries = []string{"408", "429", "500", "502", "503", "504", "522", "524"}

// addRetry has an attempt repeat its request, as curl's --retry does.
func (f *RequestFlags) addRetry(r *httsleep.Request, _ io.Reader) error {
	if f.Retry == "" {
		if f.RetryDelay != 0 {
			return errors.New("--retry-delay: not without --retry; the delay between attempts is --interval")
		}
		return nil
	}
	total, err := strconv.Atoi(f.Retry)
	if err != nil || total < 0 {
		return fmt.Errorf("--retry: %q is no number of retries", f.Retry)
	}
	r.Retry = &httsleep.Retry{Total: &total, StatusForcelist: curlRetries}
	if f.RetryDelay != 0 {
		r.Retry.Backoff = &httsleep.Backoff{Schedule: []httsleep.Duration{f.RetryDelay}}
	}
	return nil
}

// FlagBackoff reads the value of --backoff: a factor as "2", or settings as
// "initial=1s,factor=2,max=1m,jitter=full"; the delays of a schedule are
// separated by blanks.
func FlagBackoff(text string) (*httsleep.Backoff, error) {
	if !strings.Contains(text, "=") {
		text = "factor=" + text
	}
	b := &httsleep.Backoff{}
	for setting := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(setting), "=")
		if err := setBackoff(b, key, value); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return b, nil
}

func setBackoff(b *httsleep.Backoff, key, value string) error {
	switch key {
	case "initial":
		return b.Initial.UnmarshalText([]byte(value))
	case "max":
		return b.Max.UnmarshalText([]byte(value))
	case "min":
		return b.Min.UnmarshalText([]byte(value))
	case "jitter":
		return b.Jitter.UnmarshalText([]byte(value))
	case "factor":
		if _, err := fmt.Sscanf(value, "%g", &b.Factor); err != nil || b.Factor < 1 {
			return fmt.Errorf("%q is no factor: want a number of 1 or more", value)
		}
		return nil
	case "schedule":
		for text := range strings.FieldsSeq(value) {
			var d httsleep.Duration
			if err := d.UnmarshalText([]byte(text)); err != nil {
				return err
			}
			b.Schedule = append(b.Schedule, d)
		}
		return nil
	}
	return errors.New("unknown; there are initial, factor, max, min, jitter and schedule")
}
