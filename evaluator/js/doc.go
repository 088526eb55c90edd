// Package js runs callbacks that are written in JavaScript or TypeScript, on
// goja.
//
// A [Runtime] loads them: the source is parsed once, and each evaluation runs
// it in a fresh virtual machine, so that nothing leaks from one to the next.
// What a callback sees is described in docs/javascript.md and, for editors, in
// plugins/sdk/js/httsleep.d.ts.
//
// A built-in function of the machine cannot be interrupted, so a script runs in a
// goroutine that can be left behind; but most cannot get stuck in one, as their
// source shows, and these run in the goroutine of the caller.
//
// In process, code is protected from mistakes, not from attacks: time is
// bounded, and so is what the built-in functions can be told to allocate, but
// the memory of a script is not. Code that somebody else supplied belongs in a
// process that can be killed.
package js
