// Package evaluatortest is the suite that every runtime of callbacks has to
// pass, so that a callback behaves the same whatever it is written in.
//
// Its cases are data, in cases.jsonl: a call, and the answer or the kinds of
// error that it may give. Each names one of a few small programs, which a
// language implements once, usually as functions of one guest. [Programs] says
// what they do. What a case needs beyond that is one of:
//
//   - values: the guest can return something else than a boolean
//   - host_json: the host reads the JSON of the body for the guest
package evaluatortest
