package wasm

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

// errCache is the error of a cache that cannot be used.
var errCache = errors.New("the cache of compiled modules")

// makeFolder makes the folder of the cache, and refuses one that others can
// reach.
func makeFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("%w: %w", errCache, err)
	}
	found, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("%w: %w", errCache, err)
	}
	if mode := found.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: %s has mode %#o, want 0700, because what it holds is run", errCache, folder, mode)
	}
	return nil
}

// engineVersion is the version of wazero in this program.
var engineVersion = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, dependency := range info.Deps {
			if dependency.Path == "github.com/tetratelabs/wazero" {
				return dependency.Version
			}
		}
	}
	return "unknown"
})

// path is where the metered form of a module is kept. The engine keeps what it
// compiles beside it, by the digest of that form.
func (r *Runtime) path(key digest) string {
	name := fmt.Sprintf("%s-meter%d-%s.wasm", hex.EncodeToString(key[:]), module.MeterVersion, engineVersion())
	return filepath.Join(r.folder, name)
}

// cached gives the metered form of a module from the cache. One that was
// damaged is not there.
func (r *Runtime) cached(key digest) ([]byte, bool) {
	if r.folder == "" {
		return nil, false
	}
	kept, err := os.ReadFile(r.path(key))
	if err != nil || len(kept) < crc32.Size {
		return nil, false
	}
	sum, metered := kept[:crc32.Size], kept[crc32.Size:]
	return metered, binary.LittleEndian.Uint32(sum) == checksum(metered)
}

// checksum tells what was damaged; who can write into the folder needs no
// module to run what he likes.
func checksum(metered []byte) uint32 {
	return crc32.Checksum(metered, crc32.MakeTable(crc32.Castagnoli))
}

// keep puts the metered form of a module into the cache, behind its checksum. It
// appears there at once and whole.
func (r *Runtime) keep(key digest, metered []byte) error {
	if r.folder == "" {
		return nil
	}
	file, err := os.CreateTemp(r.folder, "*.tmp")
	if err != nil {
		return fmt.Errorf("%w: %w", errCache, err)
	}
	_, err = file.Write(append(binary.LittleEndian.AppendUint32(nil, checksum(metered)), metered...))
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), r.path(key))
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errCache, err)
		if removed := os.Remove(file.Name()); !errors.Is(removed, fs.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}
	return err
}

// forgetCompiled removes what the engine keeps, of which a part was damaged.
func (r *Runtime) forgetCompiled() {
	// Whatever cannot be found or removed is an error again when it is used.
	files, _ := filepath.Glob(filepath.Join(r.folder, "wazero-*", "*"))
	for _, file := range files {
		_ = os.Remove(file)
	}
}
