package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Dial says how connections are made. The zero value resolves names and tries
// IPv6 and IPv4 as RFC 8305 says.
type Dial struct {
	// Resolve maps "host:port" to the addresses to use instead of a lookup, in
	// order, as curl's --resolve. "*:port" stands for any host. An address
	// may have a port of its own.
	Resolve map[string][]string
	// UnixSocket is the path of a socket that takes every connection.
	UnixSocket string
	// Source is the local IP address, or address and port, to dial from.
	Source string
	// Network is "", "tcp4" or "tcp6".
	Network string
	// KeepAlive is the period of TCP keep-alive probes; 0 is 15 s, negative is none.
	KeepAlive time.Duration
	// Policy, if not nil, is asked for each address, after name lookup and
	// before the connection is made, for targets and proxies alike; its
	// error refuses the address. network is "tcp4", "tcp6" or "unix".
	Policy func(ctx context.Context, network, address string) error
	// Slots, if not nil, bound the open connections of all clients that share
	// them.
	Slots *Slots
	// Control, if not nil, may set options of the socket, as net.Dialer.Control.
	Control func(network, address string, c syscall.RawConn) error
}

// dialer makes the raw connections of one client.
type dialer struct {
	Dial
	net     net.Dialer
	network string
}

func newDialer(d Dial) (*dialer, error) {
	n := &dialer{Dial: d, network: "tcp"}
	if d.Network != "" {
		n.network = d.Network
	}
	if n.network != "tcp" && n.network != "tcp4" && n.network != "tcp6" {
		return nil, fmt.Errorf("dial network %q is not tcp4 or tcp6", d.Network)
	}
	if d.Source != "" {
		source, err := parseSource(d.Source)
		if err != nil {
			return nil, err
		}
		n.net.LocalAddr = source
	}
	for key, addresses := range d.Resolve {
		if err := checkResolve(key, addresses); err != nil {
			return nil, err
		}
	}
	n.net.KeepAlive = d.KeepAlive
	return n, nil
}

// parseSource reads "ip" or "ip:port".
func parseSource(s string) (*net.TCPAddr, error) {
	if ip, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)), nil
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return nil, fmt.Errorf("source address %q is not an IP address", s)
	}
	return net.TCPAddrFromAddrPort(ap), nil
}

func checkResolve(key string, addresses []string) error {
	if _, _, err := net.SplitHostPort(key); err != nil {
		return fmt.Errorf("resolve %q is not host:port", key)
	}
	if len(addresses) == 0 {
		return fmt.Errorf("resolve %q has no address", key)
	}
	for _, a := range addresses {
		if _, err := netip.ParseAddrPort(a); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(strings.Trim(a, "[]")); err != nil {
			return fmt.Errorf("resolve %q: %q is not an IP address", key, a)
		}
	}
	return nil
}

// dial connects to address ("host:port") by the rules of Dial.
func (d *dialer) dial(ctx context.Context, address string) (net.Conn, error) {
	doing := "connect to " + address
	network, targets := d.network, []string{address}
	if d.UnixSocket != "" {
		doing = "connect to " + d.UnixSocket
		network, targets = "unix", []string{d.UnixSocket}
	} else if fixed := d.resolved(address); fixed != nil {
		targets = fixed
	}
	var tried attempted
	nd := d.net
	nd.ControlContext = tried.control(d)
	if network == "unix" {
		nd.LocalAddr = nil
	}
	if err := d.Slots.take(ctx); err != nil {
		return nil, dialError(ctx, doing, nil, err)
	}
	var first error
	for _, target := range targets {
		c, err := nd.DialContext(ctx, network, target)
		if err == nil {
			return newConn(c, d.Slots), nil
		}
		if first == nil {
			first = err
		}
	}
	d.Slots.give()
	return nil, dialError(ctx, doing, tried.list(), first)
}

// resolved gives the addresses that Resolve names for address, or nil.
func (d *dialer) resolved(address string) []string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || len(d.Resolve) == 0 {
		return nil
	}
	fixed := d.Resolve[strings.ToLower(address)]
	if fixed == nil {
		fixed = d.Resolve[net.JoinHostPort(strings.TrimSuffix(strings.ToLower(host), "."), port)]
	}
	if fixed == nil {
		fixed = d.Resolve["*:"+port]
	}
	var full []string
	for _, a := range fixed {
		if _, err := netip.ParseAddrPort(a); err != nil {
			a = net.JoinHostPort(strings.Trim(a, "[]"), port)
		}
		full = append(full, a)
	}
	return full
}

// attempted collects the addresses that a dial has tried.
type attempted struct {
	mu        sync.Mutex
	addresses []string
}

func (a *attempted) list() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.addresses
}

// control notes the address, asks the policy, then lets Control set options.
func (a *attempted) control(d *dialer) func(context.Context, string, string, syscall.RawConn) error {
	return func(ctx context.Context, network, address string, c syscall.RawConn) error {
		a.mu.Lock()
		a.addresses = append(a.addresses, address)
		a.mu.Unlock()
		if d.Policy != nil {
			if err := d.Policy(ctx, network, address); err != nil {
				return err
			}
		}
		if d.Control != nil {
			return d.Control(network, address, c)
		}
		return nil
	}
}

// dialError names what failed and every address that was tried.
func dialError(ctx context.Context, doing string, tried []string, err error) error {
	where := ""
	if len(tried) > 0 {
		where = " at " + strings.Join(tried, " and ")
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && !dns.IsTimeout {
		return newError(kindDNS, doing, dns)
	}
	if ctx.Err() != nil || isTimeout(err) {
		return newError(kindConnectTimeout, doing, fmt.Errorf("no connection in time%s: %w", where, err))
	}
	kind := kindConnection
	if k, ok := errors.AsType[interface {
		error
		Kind() string
	}](err); ok {
		kind = k.Kind()
	}
	return newError(kind, doing, &placedError{text: plainCause(err) + where, err: err})
}

// placedError says a dial's cause in short, and unwraps to it.
type placedError struct {
	text string
	err  error
}

func (e *placedError) Error() string { return e.text }
func (e *placedError) Unwrap() error { return e.err }

// plainCause gives the cause without the words net.OpError puts around it.
func plainCause(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	if sys, ok := errors.AsType[*os.SyscallError](err); ok {
		err = sys.Err
	}
	return err.Error()
}
