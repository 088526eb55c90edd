package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// scope says which references a value may hold, and what becomes of them.
type scope uint8

const (
	scopeInherited scope = iota // what the object around it takes; none at the top
	scopeNone                   // none: expressions, patterns, code, names
	scopeHere                   // of environment and secrets; the result is final
	scopeName                   // of the environment only: files, sockets, hosts; the result is final
	scopeProxy                  // of the environment, and secrets as user or password; the result is final
	scopeURL                    // all, each encoded for its part of the URL
	scopeHeader                 // all; a line break in a value is an error
	scopeText                   // all
)

// forPoll says whether the poll itself reads the text as a template, so that
// captures stay and a literal ${ is escaped.
func (s scope) forPoll() bool { return s >= scopeURL }

// scopes are the references that keys take, as far as they differ from those of
// the object around them. Keys are named by type and JSON name.
var scopes = map[string]scope{
	"Spec.request":    scopeHere,
	"Spec.before":     scopeHere,
	"Spec.after":      scopeHere,
	"Spec.on_success": scopeHere,
	"Spec.on_alarm":   scopeHere,
	"Spec.on_end":     scopeHere,
	"Spec.until":      scopeText,
	"Spec.alarms":     scopeText,
	"Session.headers": scopeHeader,

	"Request.url":            scopeURL,
	"Request.headers":        scopeHeader,
	"Request.query":          scopeText,
	"Request.body":           scopeText,
	"Request.json":           scopeText,
	"Request.form":           scopeText,
	"Request.auth":           scopeHeader,
	"Request.proxy":          scopeProxy,
	"Request.unix_socket":    scopeName,
	"Request.resolve":        scopeName,
	"Request.source_address": scopeName,

	"Auth.netrc":                   scopeName,
	"TLS.ca":                       scopeName,
	"TLS.cert":                     scopeName,
	"TLS.key":                      scopeName,
	"TLS.server_name":              scopeName,
	"Redirects.forward_secrets_to": scopeName,
	"Part.value":                   scopeText,
	"Part.file":                    scopeName,
	"Exchange.name":                scopeNone,
	"Exchange.until":               scopeText,
	"Exchange.capture":             scopeNone,
	"Webhook.url":                  scopeURL,
	"Webhook.headers":              scopeHeader,
}

// Bounds of what references stand for.
const (
	maxSecret   = 64 << 10 // bytes of a secret file
	maxExpanded = 64 << 20 // bytes of all values that references of a file became
)

// referenceForm is what a reference looks like.
var referenceForm = onUse(`\$\{(env|secret|capture)\.`)

// isReference says whether a text holds a reference.
func isReference(text string) bool { return referenceForm().MatchString(text) }

// piece is a literal text, or a reference when space is set.
type piece struct{ literal, space, name string }

func (p piece) String() string { return "${" + p.space + "." + p.name + "}" }

// referenceNames are what references of each space may be called. A secret may
// be a file, so that its name is one that cannot lead elsewhere.
var referenceNames = map[string]func() *regexp.Regexp{
	"env":     onUse(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`),
	"secret":  onUse(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`),
	"capture": onUse(`^[A-Za-z_][A-Za-z0-9_-]{0,127}$`),
}

// cutReferences splits a text into literals and references; $${ is a literal
// ${.
func cutReferences(text string) ([]piece, error) {
	var pieces []piece
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			return append(pieces, piece{literal: text}), nil
		}
		if strings.HasSuffix(before, "$") {
			pieces, text = append(pieces, piece{literal: before[:len(before)-1] + "${"}), rest
			continue
		}
		inside, after, closed := strings.Cut(rest, "}")
		space, name, _ := strings.Cut(inside, ".")
		names, known := referenceNames[space]
		switch {
		case !closed:
			return nil, errors.New("a ${ is not closed: write $${ for a literal ${")
		case !known:
			return nil, fmt.Errorf("${%s} is no reference: there are ${env.NAME}, ${secret.NAME} and ${capture.NAME}; write $${ for a literal ${", clip(inside))
		case !names().MatchString(name):
			return nil, fmt.Errorf("%q cannot be the name of a reference to %s", clip(name), space)
		}
		pieces, text = append(pieces, piece{literal: before}, piece{space: space, name: name}), after
	}
}

// clip keeps a quoted text short.
func clip(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "…"
	}
	return text
}

// placeholder stands for a reference that is not resolved: it is a status code,
// a port, a number, a time, and a word.
const placeholder = "100"

// expand is the text of a scalar with its references replaced. A text that the
// poll reads as a template keeps its captures and escapes. It returns false
// when there is no value, which has been noted unless it is left out on
// purpose.
func (d *decoder) expand(n *node, at spot, isText bool) (string, bool) {
	text := n.text
	if isText {
		text = n.written()
	}
	switch {
	case !n.isScalar() && isText:
		d.want(n, at.path, "a text")
		return "", false
	case !n.isScalar():
		d.want(n, at.path, "a value")
		return "", false
	case n.unclear != "" && !isText:
		d.fail(n.at, at.path, "%s", n.unclear)
		return "", false
	case d.literal:
		return text, true
	case at.scope <= scopeNone && isReference(text):
		d.fail(d.source.sharpen(n.at, "${"), at.path, "a reference cannot stand here: only in requests, in hooks and in what conditions compare with")
		return "", false
	case at.scope <= scopeNone || !strings.Contains(text, "${"):
		return text, true
	case d.options.Validate && !isText && d.check(n, at, text):
		return "", false
	}
	return d.resolve(n, at, text, isText && at.scope.forPoll())
}

// check reports whether a text is well-formed, for values that cannot be made
// without resolving it.
func (d *decoder) check(n *node, at spot, text string) bool {
	_, ok := d.resolve(n, at, text, false)
	return ok
}

// resolve replaces the references of a text.
func (d *decoder) resolve(n *node, at spot, text string, forPoll bool) (string, bool) {
	pieces, err := cutReferences(text)
	if err != nil {
		d.fail(d.source.sharpen(n.at, "${"), at.path, "%v", err)
		return "", false
	}
	e := expansion{forPoll: forPoll}
	good := true
	for i, p := range pieces {
		if p.space == "" {
			e.add(p.literal)
			continue
		}
		if err := d.replace(&e, p, pieces[i+1:], at); err != nil {
			d.fail(d.source.sharpen(n.at, p.String()), at.path, "%v", err)
			good = false
		}
	}
	if d.resolver.spent += len(e.text()); d.resolver.spent > maxExpanded {
		d.fail(n.at, at.path, "what references stand for is larger than %d bytes in all", maxExpanded)
		return "", false
	}
	return e.text(), good
}

// expansion is a text whose references are being replaced.
type expansion struct {
	forPoll bool
	done    strings.Builder // escaped, with captures
	run     string          // the literal text since the last capture, not yet escaped
	shape   string          // the text so far as a URL reads it
}

func (e *expansion) add(literal string) {
	e.run += literal
	e.shape += literal
}

// capture keeps a reference for the poll.
func (e *expansion) capture(p piece) error {
	switch {
	case !e.forPoll:
		return fmt.Errorf("%s cannot stand here: what is captured is known only while polling", p)
	case strings.HasSuffix(e.run, "$"):
		return fmt.Errorf("a value that ends in $ cannot stand before %s", p)
	}
	if e.shape == "" {
		e.shape = "http://captured/"
	}
	e.shape += "x"
	e.done.WriteString(escape(e.run) + p.String())
	e.run = ""
	return nil
}

// text is the result.
func (e *expansion) text() string {
	if !e.forPoll {
		return e.run
	}
	return e.done.String() + escape(e.run)
}

// escape makes a text one that a template reads as it is.
func escape(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// replace adds what a reference stands for, encoded for its place.
func (d *decoder) replace(e *expansion, p piece, rest []piece, at spot) error {
	switch {
	case p.space == "capture":
		return e.capture(p)
	case d.options.Remote && p.space == "env":
		return fmt.Errorf("%s: the environment of the machine that polls is its own: use ${secret.NAME}", p)
	case at.scope == scopeName && p.space == "secret":
		return fmt.Errorf("%s: a secret cannot form the name of a file or a host", p)
	}
	part := partText
	if at.scope == scopeURL || at.scope == scopeProxy {
		part = partOfURL(e.shape, rest)
	}
	if p.space == "secret" && (part == partStart || part == partHost) {
		return fmt.Errorf("%s: a secret cannot form scheme, host or port", p)
	}
	if d.options.Validate {
		e.add(part.standIn(e.shape, rest))
		return nil
	}
	value, err := d.resolver.lookUp(p)
	if err != nil {
		return err
	}
	if p.space == "secret" || at.rules.secret || part.secret(e.shape) || keyLikeEnv(p.name) {
		d.resolver.secrets = append(d.resolver.secrets, value)
	}
	if at.scope == scopeHeader && strings.ContainsAny(value, "\r\n\x00") {
		return fmt.Errorf("the value of %s has a line break, which a header field cannot hold", p)
	}
	encoded, err := part.encode(value)
	if err != nil {
		return fmt.Errorf("the value of %s %w", p, err)
	}
	e.add(encoded)
	return nil
}

// resolver looks references up and remembers the secrets among them.
type resolver struct {
	options Options
	secrets []string
	spent   int
}

func newResolver(o Options) *resolver { return &resolver{options: o} }

// lookUp is the value of a reference.
func (r *resolver) lookUp(p piece) (string, error) {
	if p.space == "secret" && r.options.Secret != nil {
		value, err := r.options.Secret(p.name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p, err)
		}
		return value, nil
	}
	if value, ok := r.environment(p.name); ok {
		return value, nil
	}
	if p.space == "env" {
		return "", fmt.Errorf("%s: the environment variable %s is not set", p, p.name)
	}
	return r.secretFile(p)
}

func (r *resolver) environment(name string) (string, bool) {
	if r.options.Environment != nil {
		return r.options.Environment(name)
	}
	return os.LookupEnv(name)
}

// secretFile reads a secret from the folder that containers mount them in. One
// line end at its end is not part of it.
func (r *resolver) secretFile(p piece) (string, error) {
	folder, ok := r.environment("HTTSLEEP_SECRETS")
	if !ok || folder == "" {
		folder = "/run/secrets"
	}
	file, err := os.Open(filepath.Join(folder, p.name))
	if err != nil {
		return "", fmt.Errorf("%s: neither the environment variable %s is set nor is there a file of that name in %s", p, p.name, folder)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", p, err)
	case len(content) > maxSecret:
		return "", fmt.Errorf("%s: the file is larger than %d bytes", p, maxSecret)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r"), nil
}

// found are the secrets that were met, each once.
func (r *resolver) found() []string {
	slices.Sort(r.secrets)
	return slices.Compact(r.secrets)
}

// sharpen moves a place to where a fragment begins in the rest of its line, if
// it is there.
func (s *source) sharpen(at place, fragment string) place {
	line := []rune(s.line(at.line))
	if at.column < 1 || at.column > len(line) || fragment == "" {
		return at
	}
	before, _, found := strings.Cut(string(line[at.column-1:]), fragment)
	if !found {
		return at
	}
	return place{at.line, at.column + len([]rune(before))}
}

// appendData writes a node as JSON, the references in its strings replaced.
func (d *decoder) appendData(dst []byte, n *node, at spot) []byte {
	switch {
	case n.unclear != "":
		d.fail(n.at, at.path, "%s", n.unclear)
		return append(dst, "null"...)
	case n.kind == jsonpath.String:
		text, _ := d.expand(n, at, true)
		return appendQuoted(dst, text)
	case n.kind == jsonpath.Array:
		return d.appendList(dst, n, at, d.appendData)
	case n.kind == jsonpath.Object:
		return d.appendObject(dst, n, at, func(dst []byte, m member, in spot) []byte {
			return d.appendData(dst, m.value, in)
		})
	}
	return append(dst, n.text...)
}

// appendList writes a list, each element as the function does.
func (d *decoder) appendList(dst []byte, n *node, at spot, write func([]byte, *node, spot) []byte) []byte {
	dst = append(dst, '[')
	for i, element := range n.elements {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = write(dst, element, at.index(i))
	}
	return append(dst, ']')
}

// appendObject writes an object, each value as the function does.
func (d *decoder) appendObject(dst []byte, n *node, at spot, write func([]byte, member, spot) []byte) []byte {
	dst = append(dst, '{')
	for i, m := range n.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		d.checkKey(m, at.path)
		dst = append(appendQuoted(dst, m.key), ':')
		dst = write(dst, m, d.named(at, m.key))
	}
	return append(dst, '}')
}
