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
// [TickModule], one more global, exported as [AccountExport], and a few more
// functions. The global holds the fuel that is left of the current slice, and
// what is left of the stack; see [Left].
//
// Each basic block takes its cost off before it runs. Where control can come
// back, at loop headers and at the entries of functions that call others, the
// module calls tick when the fuel is negative: (i64) -> i64, which takes the
// account and gives the new one, or does not return. Bulk operations charge for
// their operand first. The cost of a run depends on the module and its inputs
// only. The fuel begins at zero, so that the start function is metered too.
//
// A function that calls others takes its frame, as far as it can be estimated,
// off the stack and gives it back at its end; tick is called when there is none
// left. This comes long before the engine's own bound, which is reached by
// copying a stack of many megabytes. After a trap the account is not what it
// was: an instance that is used again needs a new one from [Account].
//
// Because what is added stands at the end of each index space, an index that is
// one too high in the original would become valid. So every index is checked
// against the original counts, and the names in use by the metering must not
// occur.
package module
