// Package sandbox runs callbacks of strangers, JavaScript and WebAssembly alike,
// in worker processes that can be killed.
//
// A [Pool] starts workers, which are this same program again, and speaks to each
// over a socket. Parsing and compiling happen in the worker too. Around it stand
// the walls of package walls. A worker serves one tenant for its whole life; the
// pool keeps the clock, kills what does not end in time, and says what became of
// it in the same words as the runtimes do, so that a callback behaves the same
// inside and outside.
//
// The program must call [Main] first of all, with the runtimes that its workers
// have:
//
//	func main() {
//		sandbox.Main(func() []matcher.Loader {
//			return []matcher.Loader{js.New(js.WithTier(evaluator.Untrusted))}
//		})
//		…
//	}
//
// What no wall can give is fairness, so tenants take turns: who has used less
// of late comes first, and a worker that is busy for more than 20 ms goes on
// with the time that nobody else wants.
package sandbox
