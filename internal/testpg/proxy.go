package testpg

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// Proxied returns the server as it is reached through a TCP proxy, which cuts connections: of the n-th, from
// 0, it passes on as many bytes of the server's as cut says, All or Never at all.
func (s Server) Proxied(t *testing.T, cut func(n int) int64) Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	target := net.JoinHostPort(s.Host, s.Port)
	var connections atomic.Int64
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go forward(client, target, cut(int(connections.Add(1)-1)))
		}
	}()
	s.Host, s.Port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What a proxy may do instead of cutting a connection.
const (
	All   = -1 // pass on every byte
	Never = -2 // take the connection, and never answer
)

func forward(client net.Conn, target string, most int64) {
	defer client.Close()
	if most == Never {
		_, _ = io.Copy(io.Discard, client)
		return
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	if most == All {
		_, _ = io.Copy(client, server)
		return
	}
	_, _ = io.CopyN(client, server, most)
}
