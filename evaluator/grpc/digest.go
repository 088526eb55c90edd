package grpc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/httsleep/httsleep/evaluator"
)

// Digest is the SHA-256 that pins a program, as hex. Of a file it is that of its
// bytes; of a folder, that of the path, kind, executable bit and bytes of
// everything in it, in the order of the paths, except for folders that are
// called __pycache__ or .git.
func Digest(program string) (string, error) {
	entry, err := os.Stat(program)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if entry.IsDir() {
		_, err = walkTree(program, "", 1<<40, sum)
	} else {
		err = copyInto(program, sum, 1<<40)
	}
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Pin is what a digest of a command is about, a file or a folder, and its digest:
// that of the folder that the first argument names, of the file that it names
// behind an interpreter or another command without a slash, or else of the
// command itself. Of an interpreter alone it is [ErrNotPinned].
func Pin(command []string) (program, digest string, err error) {
	if len(command) == 0 {
		return "", "", errors.New("there is no command")
	}
	if err := pinnable(command); err != nil {
		return "", "", err
	}
	program = command[pinned(command)]
	if program == command[0] {
		if program, err = exec.LookPath(program); err != nil && !errors.Is(err, exec.ErrDot) {
			return "", "", err
		}
	}
	digest, err = Digest(program)
	return program, digest, err
}

// tooLarge is the error of a program that is larger than its limit.
func tooLarge(most int64) error {
	return evaluator.Compile.Broken("the program has more than %d MiB", most>>20)
}

// copyInto copies a file, up to a size.
func copyInto(from string, to io.Writer, most int64) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	return copyCapped(file, to, most)
}

func copyCapped(from io.Reader, to io.Writer, most int64) error {
	n, err := io.Copy(to, io.LimitReader(from, most+1))
	if err == nil && n > most {
		err = tooLarge(most)
	}
	return err
}

// maxEntries is how many files and folders a tree may have.
const maxEntries = 20_000

// skipped are the folders that are no part of a tree: interpreters and tools
// write there.
var skipped = map[string]bool{"__pycache__": true, ".git": true}

// walkTree hashes a tree and, where to is not empty, copies it there: what is
// hashed is what was written. The copy can only be read. It returns the size.
func walkTree(from, to string, most int64, sum hash.Hash) (int64, error) {
	root, err := os.OpenRoot(from)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	t := tree{root: root, to: to, left: most, most: most, sum: sum}
	err = fs.WalkDir(root.FS(), ".", t.visit)
	if err == nil && to != "" {
		err = t.lock()
	}
	return most - t.left, err
}

// tree is a tree that is being hashed and copied.
type tree struct {
	root    *os.Root
	to      string // empty: hash only
	left    int64  // bytes
	most    int64
	sum     hash.Hash
	entries int
	folders []string // that were made
}

// visit takes one entry.
func (t *tree) visit(name string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if t.entries++; t.entries > maxEntries {
		return evaluator.Compile.Broken("the folder has more than %d entries", maxEntries)
	}
	switch kind := entry.Type(); {
	case entry.IsDir() && skipped[entry.Name()]:
		return fs.SkipDir
	case entry.IsDir():
		return t.folder(name)
	case kind == fs.ModeSymlink:
		return t.link(name)
	case kind.IsRegular():
		return t.file(name)
	}
	return fmt.Errorf("%s is neither a file, a folder nor a link", name)
}

// note hashes what an entry is. Lengths stand before texts, so that no two
// trees give the same bytes.
func (t *tree) note(kind, name, rest string) {
	fmt.Fprintf(t.sum, "%s %d:%s %d:%s\n", kind, len(name), name, len(rest), rest)
}

func (t *tree) folder(name string) error {
	t.note("folder", name, "")
	if t.to == "" {
		return nil
	}
	t.folders = append(t.folders, name)
	return os.MkdirAll(filepath.Join(t.to, name), 0o700)
}

// link takes a link that stays inside the tree.
func (t *tree) link(name string) error {
	target, err := t.root.Readlink(name)
	if err != nil {
		return err
	}
	inside := path.Join(path.Dir(name), filepath.ToSlash(target))
	if filepath.IsAbs(target) || inside == ".." || strings.HasPrefix(inside, "../") {
		return fmt.Errorf("the link %s leads out of the folder", name)
	}
	t.note("link", name, target)
	if t.to == "" {
		return nil
	}
	return os.Symlink(target, filepath.Join(t.to, name))
}

// file hashes what it wrote, or what it read when it writes nothing.
func (t *tree) file(name string) error {
	from, err := t.root.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	stat, err := from.Stat()
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o444)
	if stat.Mode()&0o111 != 0 {
		mode = 0o555
	}
	content := sha256.New()
	var to io.Writer = content
	if t.to != "" {
		file, err := os.OpenFile(filepath.Join(t.to, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return err
		}
		defer file.Close()
		to = io.MultiWriter(content, file)
	}
	counted := counter{to, &t.left}
	if _, err := io.Copy(counted, from); errors.Is(err, errFull) {
		return tooLarge(t.most)
	} else if err != nil {
		return err
	}
	t.note("file", name, fmt.Sprintf("%o %x", mode, content.Sum(nil)))
	return nil
}

// errFull ends a copy that is larger than allowed.
var errFull = errors.New("too large")

// counter writes as long as something is left.
type counter struct {
	to   io.Writer
	left *int64
}

func (c counter) Write(b []byte) (int, error) {
	if *c.left -= int64(len(b)); *c.left < 0 {
		return 0, errFull
	}
	return c.to.Write(b)
}

// lock makes the folders of the copy unwritable, the inner ones first.
func (t *tree) lock() error {
	for i := len(t.folders) - 1; i >= 0; i-- {
		if err := os.Chmod(filepath.Join(t.to, t.folders[i]), 0o555); err != nil {
			return err
		}
	}
	return nil
}
