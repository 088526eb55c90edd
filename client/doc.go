// Package client is the HTTP client under httsleep: net/http's Transport with
// the behaviour that polling needs around it.
//
// [New] makes a [Client] from [Options], which hold all that lasts: TLS, proxy,
// dialling, pool, cookies. A [Request] is data and may be sent any number of
// times. [Client.Do] sends one and reads the whole body, decoded and capped;
// [Client.Stream] leaves the body to the caller; [Client.Prepare] checks and
// encodes a request once, so that bad input is found before the first request
// and each later sending is cheap.
//
// Every failure is an [*Error] with a stable kind ([Kind] reads it from any
// error), and errors.Is knows the kind and its family:
// errors.Is(err, ErrTimeout) holds for a connect timeout and a read timeout
// too.
//
// What is bounded: time by [Timeout], redirects by [Redirects], response
// headers at 256 KiB including informational answers, bodies by MaxBody after
// decoding, codings at three layers, and the body bytes that are being read at
// one time in the whole process.
package client
