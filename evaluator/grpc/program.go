package grpc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// program is what a plugin is started from. Where a digest pins it, it is a copy
// that nobody else can write, so that what was checked is what runs, now and at
// every new start.
type program struct {
	path   string   // what is executed
	args   []string // with the name of the command first
	digest string   // as hex; empty when it is not pinned
	image  *os.File // the sealed memory that path means; nil: path is a file
	folder string   // of a copy; empty: there is none
	pinned string   // what of the command the digest is about
}

// source finds programs.
type source struct {
	folder  string // where copies go
	most    int64  // bytes
	copying bool   // copies are files: the program has to be there for others too
	uid     int    // who has to be able to enter; -1: only the host
	gid     int
}

// find makes a program of a command. With a digest, one thing of the command is
// pinned and nothing else is run of its place:
//
//   - the folder that the first argument names, for an interpreter in front;
//   - the file that it names, when the command in front has no slash or the
//     name of an interpreter, so that it belongs to the machine;
//   - else the command itself, which then is no interpreter.
//
// Without a digest the command is run as it is.
func (s source) find(command []string, digest string) (*program, error) {
	path, err := exec.LookPath(command[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		if unnamed := (*exec.Error)(nil); errors.As(err, &unnamed) {
			err = unnamed.Err
		}
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	p := &program{path: path, args: append([]string{command[0]}, command[1:]...)}
	if digest == "" {
		return p, nil
	}
	if sum, err := hex.DecodeString(digest); err != nil || len(sum) != sha256.Size {
		return nil, fmt.Errorf("sha256: %q is not a SHA-256 digest in hex", digest)
	}
	if err := pinnable(command); err != nil {
		return nil, err
	}
	if err := s.pin(p); err != nil {
		p.close()
		return nil, err
	}
	if !strings.EqualFold(p.digest, digest) {
		p.close()
		return nil, fmt.Errorf("%s has the SHA-256 %s, want %s", p.pinned, p.digest, digest)
	}
	return p, nil
}

// pinned is the index of what the digest of a command is about.
func pinned(command []string) int {
	if len(command) < 2 {
		return 0
	}
	entry, err := os.Stat(command[1])
	if err == nil && (entry.IsDir() || !isPath(command[0]) || isInterpreter(command[0])) {
		return 1
	}
	return 0
}

// ErrNotPinned is the error of a digest for a command that only names an
// interpreter, so that what it runs could change.
var ErrNotPinned = errors.New("sha256 pins the file or folder right behind an interpreter, and there is none")

func pinnable(command []string) error {
	if pinned(command) == 0 && isInterpreter(command[0]) {
		return ErrNotPinned
	}
	return nil
}

// interpreters are the names of programs that run what an argument names.
var interpreters = []string{
	"python", "pypy", "node", "nodejs", "deno", "bun", "ruby", "perl", "php",
	"sh", "bash", "dash", "zsh", "java", "dotnet", "lua", "env",
}

// isInterpreter says whether a command is an interpreter, of whatever version
// and wherever it is, as ./.venv/bin/python3.12.
func isInterpreter(command string) bool {
	name := strings.TrimSuffix(filepath.Base(command), ".exe")
	return slices.Contains(interpreters, strings.TrimRight(name, ".0123456789"))
}

// pin replaces what a digest is about by a private copy.
func (s source) pin(p *program) error {
	folder, err := os.MkdirTemp(s.folder, "program-")
	if err != nil {
		return err
	}
	p.folder = folder
	if s.uid >= 0 {
		// The other user can read the copy, and only the host can change it.
		if err := errors.Join(os.Chown(folder, -1, s.gid), os.Chmod(folder, 0o750)); err != nil {
			return err
		}
	}
	at := pinned(p.args)
	p.pinned = p.args[at]
	if at == 0 {
		return s.pinCommand(p)
	}
	return s.pinArgument(p)
}

// pinCommand copies the command: into sealed memory, or into a file when it is
// a script, or when there is no such memory.
func (s source) pinCommand(p *program) error {
	file, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer file.Close()
	if !s.copying && isBinary(file) {
		if image, err := seal(p.args[0], file, s.most); err == nil {
			p.image = image
			p.path = fmt.Sprintf("/proc/self/fd/%d", image.Fd())
			p.digest, err = hashOf(image)
			return err
		} else if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	to := filepath.Join(p.folder, filepath.Base(p.path))
	p.path = to
	p.digest, err = copyFile(file, to, s.most)
	return err
}

// pinArgument copies the file or the folder that the first argument names.
func (s source) pinArgument(p *program) error {
	to := filepath.Join(p.folder, filepath.Base(filepath.Clean(p.args[1])))
	entry, err := os.Stat(p.args[1])
	if err != nil {
		return err
	}
	if entry.IsDir() {
		to = filepath.Join(p.folder, "tree")
		sum := sha256.New()
		_, err = walkTree(p.args[1], to, s.most, sum)
		p.digest = hex.EncodeToString(sum.Sum(nil))
	} else {
		var file *os.File
		if file, err = os.Open(p.args[1]); err != nil {
			return err
		}
		defer file.Close()
		p.digest, err = copyFile(file, to, s.most)
	}
	p.args[1] = to
	return err
}

// isBinary says whether a file is a program for the machine itself, and leaves
// the file at its start.
func isBinary(file *os.File) bool {
	magic := make([]byte, 4)
	_, err := file.ReadAt(magic, 0)
	return err == nil && string(magic) == "\x7fELF"
}

// copyFile copies a program and gives the digest of what was written.
func copyFile(from io.ReadSeeker, to string, most int64) (string, error) {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o555)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = copyCapped(from, io.MultiWriter(file, sum), most)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, file.Close())
}

// hashOf is the digest of a file, from its start.
func hashOf(file io.ReaderAt) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, io.NewSectionReader(file, 0, 1<<62))
	return hex.EncodeToString(sum.Sum(nil)), err
}

// close removes the copies. A process that was started from them lives on.
func (p *program) close() {
	if p == nil {
		return
	}
	if p.image != nil {
		p.image.Close()
	}
	if p.folder != "" {
		unlock(p.folder)
		_ = os.RemoveAll(p.folder)
	}
}

// unlock makes the folders of a copy removable again.
func unlock(folder string) {
	_ = filepath.WalkDir(folder, func(name string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(name, 0o700)
		}
		return nil
	})
}
