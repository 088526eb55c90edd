package client

import (
	"net"
	"sync/atomic"
	"time"
)

// clockZero is where the connections' clocks start.
var clockZero = time.Now()

// conn notes when bytes last came, which tells silence from slowness.
type conn struct {
	net.Conn
	last atomic.Int64 // nanoseconds after clockZero
}

func newConn(c net.Conn) *conn {
	w := &conn{Conn: c}
	w.last.Store(int64(time.Since(clockZero)))
	return w
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.last.Store(int64(time.Since(clockZero)))
	}
	return n, err
}

// quiet gives the time since the last byte came.
func (c *conn) quiet() time.Duration {
	return time.Since(clockZero) - time.Duration(c.last.Load())
}
