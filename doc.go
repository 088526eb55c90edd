// Package httsleep polls an HTTP endpoint until a response meets a condition,
// and stops early with an alarm when a response proves that it never will.
//
// For the common case there is [Poll]: a URL, a condition, and options.
//
//	result, err := httsleep.Poll(ctx, "https://example.com/jobs/1",
//		httsleep.JSONPath("status", "SUCCESS"),
//		httsleep.WithAlarms(httsleep.JSONPath("status", "ERROR")))
//
// For a poll that is data, as a file has it, there are [Spec], [Compile] and
// [Poller.Run]. A Poller is immutable: it may run any number of times, also at
// once.
//
// For polls that must survive the process there is [Poller.Step], one step over
// an [engine.State] that can be stored.
//
// The error of a poll is nil exactly on success; else it is an *[AlarmError],
// an *[ExhaustedError], a *[TimeoutError], the error of the attempt that ended
// the poll, or the cause of the context's end. The [Result] is nil only when
// nothing was tried, because the Spec was wrong.
package httsleep
