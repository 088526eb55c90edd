package client

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/proxy"
)

// dialSOCKS makes a stream to address through a SOCKS proxy. socks4 and socks5
// are given addresses, socks4a and socks5h names.
func (r *route) dialSOCKS(ctx context.Context, via *url.URL, address string) (net.Conn, error) {
	doing := fmt.Sprintf("connect to %s through the proxy %s", address, via.Host)
	if via.Scheme == "socks5" || via.Scheme == "socks4" {
		local, err := r.dialer.lookup(ctx, address, via.Scheme == "socks4")
		if err != nil {
			return nil, dialError(ctx, doing, nil, err)
		}
		address = local
	}
	var c net.Conn
	var err error
	if strings.HasPrefix(via.Scheme, "socks5") {
		c, err = r.dialSOCKS5(ctx, via, address)
	} else {
		c, err = r.dialSOCKS4(ctx, via, address)
	}
	if err != nil {
		return nil, proxyError(ctx, doing, err)
	}
	return c, nil
}

// lookup resolves the host of address by the rules of Dial.
func (d *dialer) lookup(ctx context.Context, address string, only4 bool) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if fixed := d.resolved(address); fixed != nil {
		return fixed[0], nil
	}
	network := "ip" + strings.TrimPrefix(d.network, "tcp")
	if only4 {
		network = "ip4"
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(addresses[0].Unmap().String(), port), nil
}

// rawDialer is what x/net/proxy reaches the proxy with.
type rawDialer struct{ d *dialer }

// Dial completes proxy.Dialer; DialContext is what is called.
func (r rawDialer) Dial(_, address string) (net.Conn, error) {
	return r.d.dial(context.Background(), address)
}

// DialContext dials by the rules of Dial.
func (r rawDialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	return r.d.dial(ctx, address)
}

func (r *route) dialSOCKS5(ctx context.Context, via *url.URL, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if via.User != nil {
		l := loginOf(via.User)
		auth = &proxy.Auth{User: l.User, Password: l.Password}
	}
	d, err := proxy.SOCKS5("tcp", via.Host, auth, rawDialer{r.dialer})
	if err != nil {
		return nil, err
	}
	return d.(proxy.ContextDialer).DialContext(ctx, "tcp", address)
}

// dialSOCKS4 speaks SOCKS 4, and 4a where address holds a name.
func (r *route) dialSOCKS4(ctx context.Context, via *url.URL, address string) (net.Conn, error) {
	user := ""
	if via.User != nil {
		user = via.User.Username()
	}
	message, err := socks4Request(address, user)
	if err != nil {
		return nil, err
	}
	c, err := r.dialer.dial(ctx, via.Host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	err = askSOCKS4(c, message)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// socks4Request is a CONNECT request: version, command, port, address, user.
func socks4Request(address, user string) ([]byte, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := net.LookupPort("tcp", portText)
	if err != nil {
		return nil, err
	}
	if strings.Contains(user, "\x00") || strings.Contains(host, "\x00") || len(host) > 255 || len(user) > 255 {
		return nil, errors.New("the user or host does not fit into a socks4 request")
	}
	m := binary.BigEndian.AppendUint16([]byte{4, 1}, uint16(port))
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil: // 4a: an impossible address, and the name at the end
		m = append(m, 0, 0, 0, 1)
		return append(append(append(append(m, user...), 0), host...), 0), nil
	case !ip.Unmap().Is4():
		return nil, fmt.Errorf("socks4 cannot reach the IPv6 address %s", host)
	}
	four := ip.Unmap().As4()
	return append(append(append(m, four[:]...), user...), 0), nil
}

// socks4Refusals are the replies other than 90, granted.
var socks4Refusals = map[byte]string{
	91: "request rejected or failed",
	92: "the proxy cannot reach the client's identd",
	93: "the user name does not agree with the client's identd",
}

func askSOCKS4(c net.Conn, message []byte) error {
	if _, err := c.Write(message); err != nil {
		return err
	}
	var reply [8]byte
	if _, err := io.ReadFull(c, reply[:]); err != nil {
		return fmt.Errorf("read the socks4 reply: %w", err)
	}
	if reply[0] != 0 {
		return fmt.Errorf("the proxy does not speak socks4 (reply version %d)", reply[0])
	}
	if reply[1] == 90 {
		return nil
	}
	if text, ok := socks4Refusals[reply[1]]; ok {
		return fmt.Errorf("socks4: %s", text)
	}
	return fmt.Errorf("socks4: reply %d", reply[1])
}
