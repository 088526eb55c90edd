package client

import (
	"context"
	"net"
	"net/url"
)

func (r *route) dialSOCKS(ctx context.Context, proxy *url.URL, address string) (net.Conn, error) {
	panic("later")
}
