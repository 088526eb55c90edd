package client

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// maxMsgpackDepth is how deep arrays and maps may nest.
const maxMsgpackDepth = 256

// msgpackToJSON writes a MessagePack value as JSON text, in its own order.
// Binary data becomes a string, in base64 where it is not UTF-8; timestamps
// become RFC 3339; keys that are numbers or booleans become their text.
func msgpackToJSON(body []byte) ([]byte, error) {
	if len(body) == 0 {
		return nil, nil
	}
	r := bytes.NewReader(body)
	c := &msgpackConverter{from: msgpack.NewDecoder(r), left: r}
	if err := c.value(0); err != nil {
		return nil, err
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("%d bytes follow the value", r.Len())
	}
	return c.out.Bytes(), nil
}

type msgpackConverter struct {
	from *msgpack.Decoder
	left *bytes.Reader
	out  bytes.Buffer
}

// value converts one value.
func (c *msgpackConverter) value(depth int) error {
	if depth > maxMsgpackDepth {
		return fmt.Errorf("nested deeper than %d", maxMsgpackDepth)
	}
	code, err := c.from.PeekCode()
	if err != nil {
		return err
	}
	switch {
	case code == msgpcode.Nil:
		c.out.WriteString("null")
		return c.from.DecodeNil()
	case code == msgpcode.True, code == msgpcode.False:
		b, err := c.from.DecodeBool()
		c.out.WriteString(strconv.FormatBool(b))
		return err
	case msgpcode.IsString(code), msgpcode.IsBin(code):
		return c.binary()
	case msgpcode.IsFixedMap(code), code == msgpcode.Map16, code == msgpcode.Map32:
		return c.object(depth)
	case msgpcode.IsFixedArray(code), code == msgpcode.Array16, code == msgpcode.Array32:
		return c.array(depth)
	case msgpcode.IsExt(code):
		return c.timestamp()
	}
	return c.number(code)
}

// number converts integers and floats.
func (c *msgpackConverter) number(code byte) error {
	switch {
	case code == msgpcode.Float || code == msgpcode.Double:
		f, err := c.from.DecodeFloat64()
		if err != nil {
			return err
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("the number %v has no form in json", f)
		}
		text, err := json.Marshal(f)
		c.out.Write(text)
		return err
	case code == msgpcode.Uint64:
		n, err := c.from.DecodeUint64()
		c.out.WriteString(strconv.FormatUint(n, 10))
		return err
	}
	n, err := c.from.DecodeInt64()
	c.out.WriteString(strconv.FormatInt(n, 10))
	return err
}

func (c *msgpackConverter) text(s string) {
	text, _ := json.Marshal(s) // a string cannot fail
	c.out.Write(text)
}

// binary converts strings and bytes. The length is checked before the memory
// is taken.
func (c *msgpackConverter) binary() error {
	n, err := c.from.DecodeBytesLen()
	if err != nil {
		return err
	}
	if n < 0 || n > c.left.Len() {
		return errors.New("a string is longer than the body")
	}
	b := make([]byte, n)
	if err := c.from.ReadFull(b); err != nil {
		return err
	}
	if utf8.Valid(b) {
		c.text(string(b))
	} else {
		c.text(base64.StdEncoding.EncodeToString(b))
	}
	return nil
}

func (c *msgpackConverter) array(depth int) error {
	n, err := c.from.DecodeArrayLen()
	if err != nil {
		return err
	}
	if n < 0 || n > c.left.Len() {
		return errors.New("an array is longer than the body")
	}
	c.out.WriteByte('[')
	for i := range n {
		if i > 0 {
			c.out.WriteByte(',')
		}
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
	c.out.WriteByte(']')
	return nil
}

func (c *msgpackConverter) object(depth int) error {
	n, err := c.from.DecodeMapLen()
	if err != nil {
		return err
	}
	if n < 0 || n > c.left.Len() {
		return errors.New("a map is longer than the body")
	}
	c.out.WriteByte('{')
	for i := range n {
		if i > 0 {
			c.out.WriteByte(',')
		}
		if err := c.key(); err != nil {
			return err
		}
		c.out.WriteByte(':')
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
	c.out.WriteByte('}')
	return nil
}

// key converts a scalar and quotes it.
func (c *msgpackConverter) key() error {
	start := c.out.Len()
	if err := c.value(maxMsgpackDepth); err != nil {
		return err
	}
	written := c.out.Bytes()[start:]
	switch {
	case written[0] == '"':
		return nil
	case written[0] == '[' || written[0] == '{':
		return errors.New("an array or map is a key")
	}
	text := string(written)
	c.out.Truncate(start)
	c.text(text)
	return nil
}

// timestamp converts the one extension type that has a meaning here.
func (c *msgpackConverter) timestamp() error {
	id, n, err := c.from.DecodeExtHeader()
	if err != nil {
		return err
	}
	if id != -1 || n > 12 {
		return fmt.Errorf("the extension type %d is not known", id)
	}
	data := make([]byte, n)
	if err := c.from.ReadFull(data); err != nil {
		return err
	}
	t, err := msgpackTime(data)
	if err != nil {
		return err
	}
	c.text(t.UTC().Format(time.RFC3339Nano))
	return nil
}

// msgpackTime reads the three forms of a timestamp.
func msgpackTime(b []byte) (time.Time, error) {
	switch len(b) {
	case 4:
		return time.Unix(int64(binary.BigEndian.Uint32(b)), 0), nil
	case 8:
		n := binary.BigEndian.Uint64(b)
		return time.Unix(int64(n&(1<<34-1)), int64(n>>34)), nil
	case 12:
		return time.Unix(int64(binary.BigEndian.Uint64(b[4:])), int64(binary.BigEndian.Uint32(b))), nil
	}
	return time.Time{}, errors.New("a timestamp has no valid length")
}
