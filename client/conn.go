package client

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// clockZero is where the connections' clocks start.
var clockZero = time.Now()

// conn notes when bytes last came, which tells silence from slowness.
type conn struct {
	net.Conn
	last  atomic.Int64 // nanoseconds after clockZero
	slots *Slots       // one of which it holds
	once  sync.Once
}

func newConn(c net.Conn, slots *Slots) *conn {
	w := &conn{Conn: c, slots: slots}
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

// Close also puts the connection's slot back.
func (c *conn) Close() error {
	c.once.Do(c.slots.give)
	return c.Conn.Close()
}

// quiet gives the time since the last byte came.
func (c *conn) quiet() time.Duration {
	return time.Since(clockZero) - time.Duration(c.last.Load())
}
