// Package jsonpath selects values from JSON documents, exactly and in order.
//
// [Parse] reads JSON text into a [Document]: members keep their order, numbers
// keep their digits, and the reader is bounded in depth, nodes and memory.
//
// [Compile] reads an expression of either of two dialects, RFC 9535 and that of
// Python's jsonpath-rw, into a [Path]. [Path.Select] gives every result,
// [Path.First] the first one, and [Path.Raw] looks a single value up in the
// text itself, without building a document.
//
// [Equal] and [CompareNumbers] compare values as conditions do: key order is
// free, numbers compare by value and exactly, booleans are not numbers.
//
// Documents, paths and patterns are immutable and safe for concurrent use.
package jsonpath
