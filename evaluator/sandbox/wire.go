package sandbox

import (
	"encoding/json"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/httsleep/httsleep/matcher"
)

// What a worker sends is read field by field. Nothing is passed over and
// nothing nests, so that no message makes the host work or allocate more than
// its own bytes do.

// fields writes values as one array.
func fields(e *msgpack.Encoder, values ...any) error {
	if err := e.EncodeArrayLen(len(values)); err != nil {
		return err
	}
	return e.EncodeMulti(values...)
}

// readFields reads an array of exactly these values.
func readFields(d *msgpack.Decoder, values ...any) error {
	if err := readLength(d, len(values), len(values)); err != nil {
		return err
	}
	return d.DecodeMulti(values...)
}

// readLength reads the head of an array whose length is between two bounds.
func readLength(d *msgpack.Decoder, least, most int) error {
	n, err := d.DecodeArrayLen()
	if err == nil && (n < least || n > most) {
		err = fmt.Errorf("%w: %d values, want %d", errFrame, n, most)
	}
	return err
}

func (m *ready) EncodeMsgpack(e *msgpack.Encoder) error {
	report, err := json.Marshal(m.Walls)
	if err != nil {
		return err
	}
	if err := fields(e, m.Build, report); err != nil {
		return err
	}
	return m.Failure.EncodeMsgpack(e)
}

func (m *ready) DecodeMsgpack(d *msgpack.Decoder) error {
	var report []byte
	if err := readFields(d, &m.Build, &report); err != nil {
		return err
	}
	if err := json.Unmarshal(report, &m.Walls); err != nil {
		return err
	}
	return m.Failure.DecodeMsgpack(d)
}

func (m *loaded) EncodeMsgpack(e *msgpack.Encoder) error { return m.Failure.EncodeMsgpack(e) }

func (m *loaded) DecodeMsgpack(d *msgpack.Decoder) error { return m.Failure.DecodeMsgpack(d) }

func (m *begun) EncodeMsgpack(e *msgpack.Encoder) error { return fields(e, m.At) }

func (m *begun) DecodeMsgpack(d *msgpack.Decoder) error { return readFields(d, &m.At) }

func (m *failure) EncodeMsgpack(e *msgpack.Encoder) error {
	return fields(e, m.Kind, m.Message, m.Name, m.Line, m.Column, m.Stack, m.Placed)
}

func (m *failure) DecodeMsgpack(d *msgpack.Decoder) error {
	return readFields(d, &m.Kind, &m.Message, &m.Name, &m.Line, &m.Column, &m.Stack, &m.Placed)
}

func (m *answer) EncodeMsgpack(e *msgpack.Encoder) error {
	err := fields(e, m.Match, m.Note, m.Reason, m.State, m.HasState, int64(m.RetryAfter), m.LogDropped, m.Fuel, m.StartFuel)
	if err != nil {
		return err
	}
	if err := m.Failure.EncodeMsgpack(e); err != nil {
		return err
	}
	if err := e.EncodeArrayLen(len(m.Log)); err != nil {
		return err
	}
	for _, line := range m.Log {
		if err := fields(e, line.Level, line.Text); err != nil {
			return err
		}
	}
	return nil
}

// maxLines is how many lines of log a worker may send.
const maxLines = 1000

func (m *answer) DecodeMsgpack(d *msgpack.Decoder) error {
	err := readFields(d, &m.Match, &m.Note, &m.Reason, &m.State, &m.HasState, (*int64)(&m.RetryAfter), &m.LogDropped, &m.Fuel, &m.StartFuel)
	if err != nil {
		return err
	}
	if err := m.Failure.DecodeMsgpack(d); err != nil {
		return err
	}
	n, err := d.DecodeArrayLen()
	if err != nil || n > maxLines {
		return fmt.Errorf("%w: %d lines of log (%w)", errFrame, n, err)
	}
	for range max(n, 0) {
		var line matcher.LogLine
		if err := readFields(d, &line.Level, &line.Text); err != nil {
			return err
		}
		m.Log = append(m.Log, line)
	}
	return nil
}
