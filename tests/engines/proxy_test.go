package engines

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// proxy passes on TCP connections, and does to them what happens to connections. What it does is set before the first one.
type proxy struct {
	host   string
	port   int
	target string

	// cut says after how many bytes of the server's the n-th connection, from 0, ends; negative for never.
	cut func(n int) int64
	// how it ends
	end ending
	// delay is before each piece of the server's.
	delay time.Duration
	// mute takes connections and never answers.
	mute bool

	connections atomic.Int64
}

// ending is how a connection ends.
type ending int

const (
	closed   ending = iota // for both sides
	halfOpen               // the server's side alone: the client may go on sending
	silence                // for nobody: nothing comes any more
)

// listening starts a proxy.
func (p *proxy) listening(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p.target = target
	address := listener.Addr().(*net.TCPAddr)
	p.host, p.port = address.IP.String(), address.Port
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go p.forward(client, int(p.connections.Add(1)-1))
		}
	}()
	return p
}

func (p *proxy) forward(client net.Conn, n int) {
	defer client.Close()
	if p.mute {
		_, _ = io.Copy(io.Discard, client)
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	most := int64(-1)
	if p.cut != nil {
		most = p.cut(n)
	}
	if !p.pass(client, server, most) {
		return
	}
	switch p.end {
	case halfOpen:
		_ = client.(*net.TCPConn).CloseWrite()
		<-gone
	case silence:
		<-gone
	}
}

// pass passes on the server's bytes, at most so many, and reports whether that was why it ended.
func (p *proxy) pass(client, server net.Conn, most int64) bool {
	buffer := make([]byte, 32<<10)
	for most != 0 {
		read := buffer
		if most > 0 {
			read = buffer[:min(most, int64(len(buffer)))]
		}
		n, err := server.Read(read)
		if n > 0 {
			time.Sleep(p.delay)
			if _, err := client.Write(read[:n]); err != nil {
				return false
			}
			if most > 0 {
				most -= int64(n)
			}
		}
		if err != nil {
			return false
		}
	}
	return true
}
