package jsonpath

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Bounds of a pattern.
const (
	maxPatternText  = 16 << 10    // bytes of the expression
	maxInstructions = 1000        // of the compiled program
	maxPatternWork  = 500_000_000 // instructions × bytes of input, one match
)

// Pattern is a compiled RE2 expression of bounded size. The zero Pattern
// matches any text, as the empty expression does.
type Pattern struct {
	compiled     *regexp.Regexp
	instructions int
	steps        int // that compiling it is worth
}

// CompilePattern compiles an expression in the syntax of package regexp. One
// that needs more than 1,000 instructions is a *[LimitError] "limit:cpu", found
// before it is compiled.
func CompilePattern(expr string) (*Pattern, error) {
	if len(expr) > maxPatternText {
		return nil, errPattern
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	program, ok := programOf(tree)
	if !ok {
		return nil, errPattern
	}
	compiled, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	return &Pattern{compiled, len(program.Inst), compileSteps(program)}, nil
}

// String is the expression.
func (p *Pattern) String() string {
	if p.compiled == nil {
		return ""
	}
	return p.compiled.String()
}

// Match reports whether the pattern occurs in s. It refuses with a
// *[LimitError] "limit:cpu" when instructions × bytes exceed 5e8.
func (p *Pattern) Match(s string) (bool, error) {
	if p.work(len(s)) > maxPatternWork {
		return false, errPatternWork
	}
	return p.compiled == nil || p.compiled.MatchString(s), nil
}

// work is the bound on the steps of one match.
func (p *Pattern) work(input int) int64 { return int64(p.instructions) * int64(input+1) }

var (
	errPattern     = &LimitError{"limit:cpu", fmt.Sprintf("pattern: more than %d instructions", maxInstructions)}
	errPatternWork = &LimitError{"limit:cpu", "pattern: too much input for a pattern of this size"}
)

// programOf is what tree compiles to, unless it is too large. It is compiled
// only when an estimate says that this is cheap.
func programOf(tree *syntax.Regexp) (program *syntax.Prog, ok bool) {
	if estimate(tree) > maxEstimate {
		return nil, false
	}
	program, err := syntax.Compile(tree.Simplify())
	return program, err == nil && len(program.Inst) <= maxInstructions
}

// compileSteps is how many steps of an evaluation take as long as compiling a
// program: its instructions, and the ranges of their characters, which are
// thousands for a class of Unicode.
func compileSteps(program *syntax.Prog) int {
	steps := 0
	for i := range program.Inst {
		steps += 10 + len(program.Inst[i].Rune)/10
	}
	return steps
}

// maxEstimate leaves room for what the estimate overrates.
const maxEstimate = 8 * maxInstructions

// estimate is an upper bound of the instructions for tree; counted repetitions
// are copies of what they repeat. Beyond maxEstimate sizes are not told apart.
func estimate(tree *syntax.Regexp) int {
	size := 1
	switch tree.Op {
	case syntax.OpLiteral:
		size = len(tree.Rune)
	case syntax.OpCapture:
		size = 2
	case syntax.OpAlternate:
		size = len(tree.Sub)
	case syntax.OpConcat:
		size = 0
	}
	for _, sub := range tree.Sub {
		size += estimate(sub)
	}
	if tree.Op == syntax.OpRepeat {
		copies := max(tree.Max, tree.Min+1)
		size *= copies
	}
	return min(size, maxEstimate+1)
}
