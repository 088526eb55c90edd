// Package walls stands between a process that runs hostile code and the machine.
//
// The walls are a ladder of six rungs, from [Rlimits] to [Runner]. Two sides
// build them: the host starts a worker with [Outside], and the worker, warmed up
// and before it reads the first hostile byte, closes itself in with [Inside].
// Every rung is proven by trying what it forbids, never by asking the system for
// its version, and the proof is a [Report] that [Report.Require] judges.
//
// [Outside.Probe] tells what this machine grants, with a process that is started
// for nothing else; programs that use it call [ProbeMain] first of all.
//
// There are walls on Linux only: elsewhere everything gives [ErrUnsupported].
package walls
