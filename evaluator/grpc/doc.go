// Package grpc runs callbacks that are plugin processes: programs in any
// language that serve httsleep.plugin.v1.Evaluator over gRPC, started and
// spoken to as hashicorp/go-plugin does.
//
// A [Host] loads them. It starts one process for each plugin and keeps it for
// its own life: it checks its health, starts it again when it ends, and gives
// up for a while when it ends too often. All evaluations of a plugin share one
// stream. What a plugin sees and answers is described in docs/plugins-grpc.md.
//
// A plugin is native code with the rights of its user, or of the user that
// [WithUser] gives. Its time, memory, processes, output and messages are
// bounded and its environment is an allow-list, but what it reads and where it
// connects is not. So plugins of strangers are refused, unless [WithRunner]
// names a command that confines them.
//
// On Linux a plugin and all that it starts live in a process namespace of their
// own where that is allowed, and end with the host however that ends. Elsewhere
// give [WithReaper] a command that ends what a killed host leaves behind.
package grpc
