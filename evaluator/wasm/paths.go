package wasm

import (
	"strings"
	"sync"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// maxPaths is how many compiled expressions an evaluator keeps.
const maxPaths = 64

// paths are the expressions that guests asked for, compiled.
type paths struct {
	mu   sync.RWMutex
	kept map[string]*jsonpath.Path
}

// compile compiles an expression, or finds it.
func (p *paths) compile(expression string) (*jsonpath.Path, error) {
	p.mu.RLock()
	path := p.kept[expression]
	p.mu.RUnlock()
	if path != nil {
		return path, nil
	}
	path, err := jsonpath.Compile(expression, "")
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= maxPaths {
		p.kept = map[string]*jsonpath.Path{}
	}
	p.kept[expression] = path
	return path, nil
}

// maxSteps is the most steps that one expression may take, see
// [jsonpath.Path.Select].
const maxSteps = 1_000_000

// steps bounds how many steps an expression may take on a document of so many
// bytes: a filter may look at all of it for each value.
func steps(path *jsonpath.Path, size int) int64 {
	expression := path.String()
	switch {
	case path.Singular():
		return int64(len(expression))
	case strings.Contains(expression, "?"), strings.Contains(expression, "where"):
		return min(int64(size)*int64(min(size, maxSteps)), maxSteps)
	}
	return min(int64(len(expression)+size), maxSteps)
}
