// Package evaluator holds what the runtimes of callbacks share, whatever
// language a callback is written in: the limits that it runs under, the errors
// that breaking one gives, the caps on what it gives back, and the JSON that
// guests outside of the process read and write.
//
// The runtimes themselves are packages below this one; package evaluatortest is
// the suite that each of them has to pass.
package evaluator
