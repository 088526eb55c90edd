// Package module takes WebAssembly binaries apart, admits them under caps, and
// rewrites them so that they pay for what they do.
//
// [Decode] reads everything but the code and checks it; [Module.Meter] walks
// the code once, checks every index in it, and writes a module that charges
// fuel. Both refuse what exceeds a cap with a [*RefusedError] that names the
// rule, and what is malformed or outside the supported features with a
// [*SyntaxError] that says where.
//
// # Features
//
// The features are those of WebAssembly 2.0: multiple values, reference types,
// bulk memory, sign extension, saturating conversions, SIMD. An opcode or a
// section that is not in the tables of this package is refused by name: threads,
// exceptions, tail calls, garbage collection, several memories, 64-bit
// memories, extended constants. Custom sections are left out of what is
// written.
//
// # Fuel
//
// A metered module has one more import, the function [TickName] of the module
// [TickModule], one more global, exported as [FuelExport], and a few more
// functions. The global holds the fuel that is left in the current slice. Each
// basic block takes its cost off before it runs; where control can come back,
// at function entries and loop headers, the module calls tick when the global
// is negative: (i64) -> i64, which takes what is left and gives what is left
// now, or does not return. Bulk operations charge for their operand first.
//
// The global begins at zero, so that the start function is metered too. The
// cost of a run depends on the module and its inputs only.
//
// Because what is added stands at the end of each index space, an index that is
// one too high in the original would become valid. So every index is checked
// against the original counts, and the names in use by the metering must not
// occur.
package module
