package module

// readTypes reads the types of functions.
func (d *decoder) readTypes() {
	n := d.count("types")
	d.limit("types", uint64(n), d.caps.Types)
	start := d.at
	d.types = make([]Signature, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		if at := d.at; d.byte() != 0x60 && d.err == nil {
			d.fail(at, "type %d is not a function: garbage collected types are not supported", i)
		}
		s := Signature{Params: d.valueTypes(), Results: d.valueTypes()}
		d.limit("parameters", uint64(len(s.Params)), d.caps.Params)
		d.limit("results", uint64(len(s.Results)), d.caps.Params)
		d.types = append(d.types, s)
	}
	d.rawTypes = d.data[start:d.at]
}

// readImports reads what the module asks for.
func (d *decoder) readImports() {
	n := d.count("imports")
	d.limit("imports", uint64(n), d.caps.Imports)
	for i := 0; i < n && d.err == nil; i++ {
		at := d.at
		im := Import{Module: d.name(), Name: d.name()}
		if im.Module == TickModule {
			d.fail(at, "the import module %q is reserved", TickModule)
		}
		start := d.at
		d.readImported(&im)
		im.declaration = d.data[start:d.at]
		d.Imports = append(d.Imports, im)
	}
}

// readImported reads what one import is.
func (d *decoder) readImported(im *Import) {
	start := d.at
	im.Kind = Kind(d.byte())
	switch im.Kind {
	case Func:
		t := d.index("type", len(d.types))
		if d.err == nil {
			im.Type = d.types[t]
			d.funcTypes = append(d.funcTypes, t)
			d.funcCount++
			d.imported.funcs++
		}
	case Table:
		d.tableType()
		d.tableCount++
	case Memory:
		d.memoryType()
		d.memCount++
	case Global:
		d.globalType()
		d.globCount++
		d.imported.globals++
	default:
		d.fail(start, "import %q %q is of the unknown or unsupported kind %d", im.Module, im.Name, im.Kind)
	}
}

// tableType reads the type of a table.
func (d *decoder) tableType() tableType {
	start := d.at
	t := tableType{ref: d.byte()}
	if !isRefType(t.ref) {
		d.fail(start, "%#x is no type of a reference that is supported", t.ref)
	}
	start = d.at
	flags := d.byte()
	if flags > 1 {
		d.fail(start, "the limits of a table have the unsupported flags %#x", flags)
	}
	t.min, t.hasMax = d.u32(), flags == 1
	if t.hasMax {
		t.max = d.u32()
	}
	return t
}

// memoryType reads the type of a memory, and gives its first size.
func (d *decoder) memoryType() uint32 {
	start := d.at
	flags := d.byte()
	switch {
	case flags&4 != 0:
		d.fail(start, "64-bit memories are not supported")
	case flags&2 != 0:
		d.fail(start, "threads are not supported: the memory is shared")
	case flags > 1:
		d.fail(start, "the limits of a memory have the unsupported flags %#x", flags)
	}
	pages := d.u32()
	if flags == 1 {
		d.u32()
	}
	return pages
}

// globalType reads the type of a global.
func (d *decoder) globalType() []byte {
	start := d.at
	kind := d.take(2)
	if len(kind) == 2 && (!isValueType(kind[0]) || kind[1] > 1) {
		d.fail(start, "% x is no type of a global", kind)
	}
	return kind
}

// readFunctions reads the types of the module's own functions.
func (d *decoder) readFunctions() {
	n := d.count("functions")
	d.limit("functions", uint64(n), d.caps.Functions)
	d.funcs = make([]uint32, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		d.funcs = append(d.funcs, d.index("type", len(d.types)))
	}
	d.funcTypes = append(d.funcTypes, d.funcs...)
	d.funcCount += n
}

// readTables reads the module's own tables.
func (d *decoder) readTables() {
	n := d.count("tables")
	d.limit("tables", uint64(n), d.caps.Tables)
	for i := 0; i < n && d.err == nil; i++ {
		t := d.tableType()
		d.limit("table entries", uint64(t.min), d.caps.TableEntries)
		d.tables = append(d.tables, t)
	}
	d.tableCount += n
}

// readMemories reads the module's own memory.
func (d *decoder) readMemories() {
	start := d.at
	n := d.count("memories")
	if d.memCount+n > 1 {
		d.fail(start, "several memories are not supported")
	}
	for i := 0; i < n && d.err == nil; i++ {
		d.MemoryPages = d.memoryType()
	}
	d.memory = d.data[start:d.at]
	d.memCount += n
}

// readGlobals reads the module's own globals.
func (d *decoder) readGlobals() {
	n := d.count("globals")
	d.limit("globals", uint64(n), d.caps.Globals)
	for i := 0; i < n && d.err == nil; i++ {
		d.globals = append(d.globals, global{d.globalType(), d.constant(d.imported.globals)})
	}
	d.globCount += n
}

// readExports reads what the module offers.
func (d *decoder) readExports() {
	n := d.count("exports")
	d.limit("exports", uint64(n), d.caps.Exports)
	for i := 0; i < n && d.err == nil; i++ {
		e := Export{Name: d.name()}
		start := d.at
		e.Kind = Kind(d.byte())
		if e.Kind > Global {
			d.fail(start, "export %q is of the unknown or unsupported kind %d", e.Name, e.Kind)
			return
		}
		counts := [...]int{d.funcCount, d.tableCount, d.memCount, d.globCount}
		e.index = d.index(e.Kind.String(), counts[e.Kind])
		if e.Kind == Func && d.err == nil {
			e.Type = d.types[d.funcTypes[e.index]]
		}
		d.Exports = append(d.Exports, e)
	}
}

// readStart reads which function runs first.
func (d *decoder) readStart() {
	start := d.index("function", d.funcCount)
	d.start = &start
}

// readElements reads the element segments.
func (d *decoder) readElements() {
	n := d.count("element segments")
	d.limit("element segments", uint64(n), d.caps.Segments)
	total := 0
	for i := 0; i < n && d.err == nil; i++ {
		e := d.element()
		total += e.count
		d.limit("element entries", uint64(total), d.caps.TableEntries)
		d.elements = append(d.elements, e)
	}
}

// Flags of an element segment.
const (
	elementPassive  = 1 << iota // or declarative, with elementExplicit
	elementExplicit             // a table, or declarative
	elementExprs                // expressions instead of functions
)

// element reads one element segment.
func (d *decoder) element() element {
	start := d.at
	flags := d.u32()
	if flags > 7 {
		d.fail(start, "an element segment has the unknown flags %#x", flags)
		return element{}
	}
	if flags&elementPassive == 0 {
		table := uint32(0)
		if flags&elementExplicit != 0 {
			table = d.u32()
		}
		if uint64(table) >= uint64(d.tableCount) {
			d.fail(start, "table %d does not exist, there are %d", table, d.tableCount)
		}
		d.offset()
	}
	if flags&(elementPassive|elementExplicit) != 0 {
		d.elementKind(flags&elementExprs != 0)
	}
	e := element{head: d.data[start:d.at], count: d.count("elements")}
	for i := 0; i < e.count && d.err == nil; i++ {
		if flags&elementExprs != 0 {
			e.exprs = append(e.exprs, d.constant(d.globCount))
		} else {
			e.functions = append(e.functions, d.index("function", d.funcCount))
		}
	}
	return e
}

// elementKind reads what the elements of a segment are.
func (d *decoder) elementKind(exprs bool) {
	start := d.at
	if kind := d.byte(); exprs && !isRefType(kind) || !exprs && kind != 0 {
		d.fail(start, "%#x is no kind of elements that is supported", kind)
	}
}

// offset reads where a segment goes. It cannot hold a function.
func (d *decoder) offset() {
	start := d.at
	if c := d.constant(d.globCount); c.function >= 0 {
		d.fail(start, "the offset of a segment is a function")
	}
}

// readDataCount reads how many data segments there are.
func (d *decoder) readDataCount() {
	start := d.at
	n := d.u32()
	d.segments = int64(n)
	d.dataCount = d.data[start:d.at]
	d.limit("data segments", uint64(d.segments), d.caps.DataSegments)
}

// readCode finds the code of each function.
func (d *decoder) readCode() {
	n := d.count("functions")
	if n != len(d.funcs) {
		d.fail(d.at, "%d functions are declared, %d have code", len(d.funcs), n)
	}
	code := Cost{Bytes: uint64(d.end - d.at)}
	if err := d.caps.admitTotal(code); err != nil && d.err == nil {
		d.err = err
	}
	d.bodies = make([]body, 0, n)
	for i := 0; i < n && d.err == nil; i++ {
		code := d.take(d.u32())
		if d.err == nil && uint64(len(code)) > uint64(d.caps.BodyBytes) {
			d.err = &RefusedError{"body bytes", d.imported.funcs + i, uint64(len(code)), uint64(d.caps.BodyBytes)}
		}
		d.bodies = append(d.bodies, body{d.at - len(code), d.at})
	}
}

// readData reads the data segments.
func (d *decoder) readData() {
	start := d.at
	n := d.count("data segments")
	d.limit("data segments", uint64(n), d.caps.DataSegments)
	if d.segments >= 0 && d.segments != int64(n) {
		d.fail(start, "the data count says %d segments, there are %d", d.segments, n)
	}
	for i := 0; i < n && d.err == nil; i++ {
		d.dataSegment()
	}
	d.segment = d.data[start:d.at]
}

// dataSegment reads one data segment.
func (d *decoder) dataSegment() {
	start := d.at
	flags := d.u32()
	switch {
	case flags > 2:
		d.fail(start, "a data segment has the unknown flags %#x", flags)
	case flags == 2 && d.u32() != 0:
		d.fail(start, "several memories are not supported")
	case flags != 1 && d.memCount == 0:
		d.fail(start, "a data segment needs a memory, the module has none")
	}
	if flags != 1 {
		d.offset()
	}
	d.take(d.u32())
}

// constant reads a constant expression: one constant, an imported global or a
// function.
func (d *decoder) constant(globals int) constant {
	start := d.at
	c := constant{function: -1}
	switch op := d.byte(); op {
	case opI32Const:
		d.signed(32)
	case opI64Const:
		d.signed(64)
	case opF32Const:
		d.take(4)
	case opF64Const:
		d.take(8)
	case opGlobalGet:
		d.index("global", globals)
	case opRefNull:
		if at := d.at; !isRefType(d.byte()) {
			d.fail(at, "not a type of a reference that is supported")
		}
	case opRefFunc:
		c.function = int64(d.index("function", d.funcCount))
	case opVector:
		if sub := d.u32(); sub != vectorConst {
			d.fail(start, "not a constant expression")
		}
		d.take(16)
	default:
		d.fail(start, "opcode %#x is not a constant expression", op)
	}
	if at := d.at; d.byte() != opEnd && d.err == nil {
		d.fail(at, "extended constant expressions are not supported")
	}
	c.raw = d.data[start:d.at]
	return c
}
