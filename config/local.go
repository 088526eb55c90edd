package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/httsleep/httsleep"
)

// Bounds of the files that a poll file names.
const (
	maxPEM    = 8 << 20   // of certificates and keys, a whole folder together
	maxSource = 8 << 20   // of a callback
	maxPart   = 64 << 20  // of a part of a multipart body
	maxRead   = 256 << 20 // of all files together
)

// readLocal replaces what a Spec names of this machine by what it holds.
func (d *decoder) readLocal(spec *httsleep.Spec, prefix string, where func(path string) place) {
	if d.options.Remote {
		return
	}
	l := &localReader{d, prefix, where}
	l.request(&spec.Request, "request")
	for i := range spec.Before {
		l.request(&spec.Before[i].Request, indexed("before", i)+".request")
	}
	for i := range spec.After {
		l.request(&spec.After[i].Request, indexed("after", i)+".request")
	}
}

// localReader reads the files that one Spec names.
type localReader struct {
	*decoder
	prefix string // of the poll's path
	where  func(path string) place
}

// note notes a mistake at a path of the Spec.
func (l *localReader) note(path, format string, args ...any) {
	l.fail(l.where(path), l.full(path), format, args...)
}

// full is a path of the Spec as one of the file.
func (l *localReader) full(path string) string {
	if l.prefix == "" {
		return path
	}
	return l.prefix + "." + path
}

func (l *localReader) request(r *httsleep.Request, path string) {
	t := &r.TLS
	l.pem(&t.CA, &t.CAPEM, path+".tls.ca")
	l.pem(&t.Cert, &t.CertPEM, path+".tls.cert")
	l.pem(&t.Key, &t.KeyPEM, path+".tls.key")
	for i := range r.Multipart {
		l.part(&r.Multipart[i], indexed(path+".multipart", i)+".file")
	}
	if r.Auth.Netrc != "" {
		r.Auth.Netrc = l.absolute(r.Auth.Netrc)
	}
	if r.UnixSocket != "" && !strings.HasPrefix(r.UnixSocket, "@") {
		r.UnixSocket = l.absolute(r.UnixSocket)
	}
}

// pem reads certificates or a key.
func (l *localReader) pem(file, text *string, path string) {
	name := *file
	*file = ""
	switch {
	case name == "":
		return
	case *text != "":
		l.note(path, "it stands beside %s_pem: keep one", path[strings.LastIndexByte(path, '.')+1:])
		return
	case l.options.Validate:
		return
	}
	*text = l.once("pem "+name, func() string { return string(l.readPEM(name, path)) })
}

// once reads what several polls name only once, unless it could not be read.
func (l *localReader) once(key string, read func() string) string {
	text, known := l.files[key]
	if !known {
		if text = read(); text != "" {
			l.files[key] = text
		}
	}
	return text
}

// readPEM reads a file, or every file with certificates of a folder.
func (l *localReader) readPEM(name, path string) []byte {
	entries, err := os.ReadDir(l.absolute(name))
	if err != nil {
		content := l.readFile(name, maxPEM, l.where(path), l.full(path))
		if content != nil && !bytes.Contains(content, []byte("-----BEGIN ")) {
			l.note(path, "%s holds no PEM text: it has no -----BEGIN", name)
		}
		return content
	}
	var all []byte
	for _, entry := range entries {
		file := filepath.Join(l.absolute(name), entry.Name())
		if is, err := os.Stat(file); err != nil || !is.Mode().IsRegular() {
			continue
		}
		content, err := readBounded(file, maxPEM)
		if err != nil || !bytes.Contains(content, []byte("-----BEGIN CERTIFICATE")) {
			continue
		}
		if all = append(append(all, content...), '\n'); len(all) > maxPEM {
			l.note(path, "the certificates in %s are larger than %d bytes", name, maxPEM)
			return nil
		}
	}
	if len(all) == 0 {
		l.note(path, "no file in %s holds a certificate", name)
	}
	return all
}

// part reads the file of a part of a multipart body. The poll reads the value
// as a template, so that it is escaped.
func (l *localReader) part(p *httsleep.Part, path string) {
	if p.File == "" {
		return
	}
	if p.Filename == "" {
		p.Filename = filepath.Base(p.File)
	}
	if p.Value != "" {
		l.note(path, "it stands beside value: keep one")
	} else if !l.options.Validate {
		p.Value = l.once("part "+p.File, func() string {
			return escape(string(l.readFile(p.File, maxPart, l.where(path), l.full(path))))
		})
	}
	p.File = ""
}

// readFile reads a file that a key names.
func (d *decoder) readFile(name string, limit int64, at place, path string) []byte {
	content, err := readBounded(d.absolute(name), limit)
	if d.read += len(content); err == nil && d.read > maxRead {
		err = fmt.Errorf("the files of all polls are larger than %d bytes together", maxRead)
	}
	if err != nil {
		mistake := d.source.errorAt(at, path, "the file %s cannot be read: %v%s", name, cause(err), d.relativeTo(name))
		mistake.Err = err
		d.mistakes = append(d.mistakes, mistake)
		return nil
	}
	return content
}

// readBounded reads a regular file up to a limit.
func readBounded(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(content)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return content, err
}

// absolute is a file name as seen from the folder of the poll file.
func (d *decoder) absolute(name string) string {
	if filepath.IsAbs(name) || d.options.Folder == "" {
		return name
	}
	return filepath.Join(d.options.Folder, name)
}

// relativeTo says where a relative name was looked for.
func (d *decoder) relativeTo(name string) string {
	if filepath.IsAbs(name) || d.options.Folder == "" || d.options.Folder == "." {
		return ""
	}
	return " (names are relative to the poll file's folder " + d.options.Folder + ")"
}
