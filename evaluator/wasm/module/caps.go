package module

import (
	"cmp"
	"time"
)

// Caps bound what a module may consist of, so that compiling and instantiating
// it stays within a known time and memory. A field that is zero has its
// default. They hold for the original and for what is made of it.
type Caps struct {
	Bytes        uint32 // of the binary: 8 MiB
	Types        uint32 // 10,000
	Imports      uint32 // 1,000
	Functions    uint32 // of the module's own: 50,000
	Exports      uint32 // 10,000
	Globals      uint32 // 10,000
	Tables       uint32 // 16
	TableEntries uint32 // of each table, and of all element segments: 100,000
	Segments     uint32 // of elements: 1,000
	DataSegments uint32 // 100,000, the most that Go's linker writes
	Params       uint32 // of a function or a block, and as many results: 16

	// Of each function.
	BodyBytes     uint32 // 64 KiB
	Blocks        uint32 // block, loop, if, and br_if, behind which the compiler begins one too: 1,500
	Locals        uint32 // without the parameters: 256
	BlocksXLocals uint32 // the product, with the parameters: 50,000
	BranchTable   uint32 // labels of one br_table: 2,048
	Nesting       uint32 // of blocks: 1,000

	// Compile is the modelled time to compile the module: 5 s. See [Cost].
	Compile time.Duration
}

// defaultCaps are the caps that hold where none is given.
var defaultCaps = Caps{
	Bytes: 8 << 20, Types: 10_000, Imports: 1_000, Functions: 50_000, Exports: 10_000, Globals: 10_000,
	Tables: 16, TableEntries: 100_000, Segments: 1_000, DataSegments: 100_000, Params: 16,
	BodyBytes: 64 << 10, Blocks: 1_500, Locals: 256, BlocksXLocals: 50_000, BranchTable: 2_048, Nesting: 1_000,
	Compile: 5 * time.Second,
}

// withDefaults fills in what is not set.
func (c Caps) withDefaults() Caps {
	d := defaultCaps
	for _, field := range []struct{ to, from *uint32 }{
		{&c.Bytes, &d.Bytes}, {&c.Types, &d.Types}, {&c.Imports, &d.Imports}, {&c.Functions, &d.Functions},
		{&c.Exports, &d.Exports}, {&c.Globals, &d.Globals}, {&c.Tables, &d.Tables}, {&c.TableEntries, &d.TableEntries},
		{&c.Segments, &d.Segments}, {&c.DataSegments, &d.DataSegments}, {&c.Params, &d.Params},
		{&c.BodyBytes, &d.BodyBytes}, {&c.Blocks, &d.Blocks}, {&c.Locals, &d.Locals},
		{&c.BlocksXLocals, &d.BlocksXLocals}, {&c.BranchTable, &d.BranchTable}, {&c.Nesting, &d.Nesting},
	} {
		*field.to = cmp.Or(*field.to, *field.from)
	}
	c.Compile = cmp.Or(c.Compile, d.Compile)
	return c
}

// Cost is what compiling code depends on: of one function, or summed up.
type Cost struct {
	Bytes         uint64
	Blocks        uint64 // block, loop, if, br_if
	BlocksSquared uint64
	Locals        uint64
	BlocksXLocals uint64
	Labels        uint64 // of br_table
	WidestTable   uint64 // labels of the widest br_table
	Nesting       uint64
}

// Time models how long the compiler needs, as an upper envelope of what was
// measured: it is linear in bytes and labels, quadratic in blocks, and pays for
// each local in each block.
func (c Cost) Time() time.Duration {
	ns := 750*c.Bytes + 7000*c.Labels + 100*c.BlocksSquared + 1400*c.BlocksXLocals
	return time.Duration(ns)
}

// add sums up functions.
func (c *Cost) add(f Cost) {
	c.Bytes += f.Bytes
	c.Blocks += f.Blocks
	c.BlocksSquared += f.BlocksSquared
	c.Locals += f.Locals
	c.BlocksXLocals += f.BlocksXLocals
	c.Labels += f.Labels
	c.WidestTable = max(c.WidestTable, f.WidestTable)
	c.Nesting = max(c.Nesting, f.Nesting)
}

// settle computes the products of a function's counts.
func (c *Cost) settle(params int) {
	c.BlocksSquared = c.Blocks * c.Blocks
	c.BlocksXLocals = c.Blocks * (c.Locals + uint64(params))
}

// admit refuses a function outside the caps.
func (c *Caps) admit(function int, f Cost) error {
	for _, rule := range []struct {
		name string
		got  uint64
		cap  uint32
	}{
		{"body bytes", f.Bytes, c.BodyBytes},
		{"blocks", f.Blocks, c.Blocks},
		{"locals", f.Locals, c.Locals},
		{"blocks times locals", f.BlocksXLocals, c.BlocksXLocals},
		{"labels in a br_table", f.WidestTable, c.BranchTable},
		{"nested blocks", f.Nesting, c.Nesting},
	} {
		if rule.got > uint64(rule.cap) {
			return &RefusedError{rule.name, function, rule.got, uint64(rule.cap)}
		}
	}
	return nil
}

// admitTotal refuses a module whose modelled time is too long, in milliseconds.
func (c *Caps) admitTotal(total Cost) error {
	if t := total.Time(); t > c.Compile {
		return &RefusedError{"ms of modelled compile time", -1, uint64(t.Milliseconds()), uint64(c.Compile.Milliseconds())}
	}
	return nil
}
