package grpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/httsleep/httsleep/evaluator"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// socket is where a command is attached to; empty: it is started.
func (s *settings) socket(command []string) string {
	for name, socket := range s.attach {
		if means(name, command) {
			return socket
		}
	}
	return ""
}

// means says whether a name of [WithReattach] is that of a command. Two paths
// are the same when they lead to the same place.
func means(name string, command []string) bool {
	first := command[0]
	return name == first || name == strings.Join(command, " ") ||
		isPath(name) && isPath(first) && absolute(name) == absolute(first)
}

// warnUnattached tells of sockets that no command led to, as after a typing
// mistake.
func (h *Host) warnUnattached() {
	all := h.all()
	for name, socket := range h.settings.attach {
		used := slices.ContainsFunc(all, func(p *plugin) bool { return means(name, p.command) })
		if len(all) > 0 && !used {
			h.settings.log.Error("nothing was attached to "+socket+": no callback has this command", "command", name)
		}
	}
}

// isPath says whether a command is the path of a file, and no name for PATH.
func isPath(command string) bool { return strings.ContainsRune(command, filepath.Separator) }

// absolute is a path from the root, where that is known.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// attach uses a plugin that runs already.
func (p *plugin) attach(ctx context.Context, socket string, limits evaluator.Limits) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, limits.Compile)
	defer cancel()
	r := &process{
		plugin: p, since: time.Now(), how: "its socket was closed",
		slots:  make(chan struct{}, p.pace().inFlight),
		exited: make(chan struct{}), done: make(chan struct{}),
	}
	dial := func(ctx context.Context, _ string) (net.Conn, error) { return dialOwn(ctx, socket) }
	// gRPC would bury the reason.
	if reached, err := dialOwn(ctx, socket); err != nil {
		return nil, &StartError{Plugin: p.name, Err: fmt.Errorf("attaching to %s: %w", socket, err)}
	} else if err := reached.Close(); err != nil {
		return nil, err
	}
	if p.sha256 != "" {
		p.log.Error("its digest is not checked: it runs already", "socket", socket)
	}
	options := append([]grpc.DialOption{
		grpc.WithContextDialer(dial), grpc.WithTransportCredentials(insecure.NewCredentials()),
	}, dialOptions...)
	connection, err := grpc.NewClient("passthrough:plugin", options...)
	if err == nil {
		r.service = pluginv1.NewEvaluatorClient(connection)
		r.detach = connection.Close
		err = r.greet(ctx)
	}
	if err != nil {
		r.end(err)
		r.release()
		return nil, &StartError{Plugin: p.name, Err: fmt.Errorf("attaching to %s: %w", socket, err)}
	}
	return r, nil
}

// dialOwn dials a unix socket on which a process of this user listens.
func dialOwn(ctx context.Context, socket string) (net.Conn, error) {
	entry, err := os.Lstat(socket)
	switch {
	case err != nil:
		return nil, err
	case entry.Mode().Type() != os.ModeSocket:
		return nil, fmt.Errorf("%s is no socket", socket)
	}
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	uid, err := peer(connection.(*net.UnixConn))
	if err == nil && uid != os.Geteuid() {
		err = fmt.Errorf("the process that listens on %s belongs to user %d, not to %d", socket, uid, os.Geteuid())
	}
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return connection, nil
}
