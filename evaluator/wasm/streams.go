package wasm

import (
	"bytes"

	"github.com/httsleep/httsleep/evaluator"
)

// stream is standard output or standard error, as lines.
type stream struct {
	line []byte // that has not ended yet, as far as it is kept
	last []byte // the last line of a command's output; it may be the answer
}

// write takes what a guest writes to a standard file.
func (e *evaluation) write(fd uint32, text []byte) {
	s := &e.streams[fd-standardOutput]
	most := e.lineLimit(fd)
	for len(text) > 0 {
		line, rest, ended := bytes.Cut(text, []byte{'\n'})
		s.line = append(s.line, line[:min(len(line), max(0, most-len(s.line)))]...)
		if ended {
			e.charge(fuelPerCall)
			e.endLine(fd)
		}
		text = rest
	}
}

// lineLimit is how many bytes of a line are kept.
func (e *evaluation) lineLimit(fd uint32) int {
	limits := &e.evaluator.limits
	if fd == standardOutput && e.evaluator.entry.command {
		return int(limits.Reply + 1)
	}
	return int(limits.Log + 1)
}

// endLine puts a line into the log. Of a command's output that is the line
// before it: the last one is the answer. Blank lines are none there.
func (e *evaluation) endLine(fd uint32) {
	s := &e.streams[fd-standardOutput]
	line := bytes.TrimSuffix(s.line, []byte{'\r'})
	s.line = nil
	if fd == standardOutput && e.evaluator.entry.command {
		if len(bytes.TrimSpace(line)) == 0 {
			return
		}
		if line, s.last = s.last, line; line == nil {
			return
		}
	}
	e.log.Add(e.evaluator.limits, [...]string{"info", "warn"}[fd-standardOutput], string(line))
}

// flush ends the lines that the guest left open. When the guest failed, the
// last line of a command is no answer but belongs into the log.
func (e *evaluation) flush(failed bool) {
	for fd := uint32(standardOutput); fd <= standardError; fd++ {
		if len(e.streams[fd-standardOutput].line) > 0 {
			e.endLine(fd)
		}
	}
	if last := e.streams[0].last; failed && last != nil {
		e.log.Add(e.evaluator.limits, "info", string(last))
	}
}

// concludeCommand reads the answer of a command, the last line of its output.
func (e *evaluation) concludeCommand() error {
	e.flush(false)
	reply := e.streams[0].last
	if reply == nil {
		return evaluator.Protocol.Broken("the command ended without an answer: want true, or a JSON object with match, as the last line of its standard output")
	}
	answer, err := e.evaluator.limits.DecodeAnswer(reply)
	if err != nil {
		return err
	}
	e.match, e.note, e.reason, e.state, e.wait = answer.Match, answer.Note, answer.Reason, answer.State, answer.RetryAfter
	return nil
}
