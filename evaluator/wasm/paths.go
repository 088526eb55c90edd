package wasm

import (
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
