package tlsql

import (
	"io"
	"net"
	"testing"
)

// The tests of this file are a program that reads and writes the MySQL packets itself.

// sslRequest is the SSLRequest with these values, without its header.
func sslRequest(r Request) []byte { return login(r, "", nil)[:32] }

// ends makes the two ends of a connection in memory, for programs that handle the packets.
func ends(t *testing.T, clientCtx, serverCtx *Context) (client, server *Conn) {
	t.Helper()
	// A net.Pipe has no room for the tickets that a server sends behind its handshake.
	a, b := sockets(t)
	client, err := ClientAfterGreeting(a, Config{Context: clientCtx, Host: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	server, err = Server(b, Config{Context: serverCtx})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close(); client.Close(); server.Close() })
	return client, server
}

// echo sends a line from the client to the server and back.
func echo(t *testing.T, client, server *Conn) {
	t.Helper()
	const line = "\x0e\x00\x00\x02there and back" // a packet of MySQL
	failed := make(chan error, 1)
	go func() {
		got := make([]byte, len(line))
		_, err := io.ReadFull(server, got)
		if err == nil {
			_, err = server.Write(got)
		}
		failed <- err
	}()
	got := make([]byte, len(line))
	if _, err := client.Write([]byte(line)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(client, got); err != nil || string(got) != line {
		t.Fatalf("%q, %v", got, err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

func TestHostPacketsOverTLS(t *testing.T) {
	client, server := ends(t, clientContext(t), serverContext(t, "server"))
	served := make(chan error, 1)
	go func() {
		served <- func() error {
			if err := server.GreetingSent(capabilities | capSSL); err != nil {
				return err
			}
			if _, err := server.socket.Write(packet(0, greeting(capabilities|capSSL))); err != nil {
				return err
			}
			sequence, payload, err := readPacket(server.socket)
			if err != nil {
				return err
			}
			ahead := make([]byte, 100) // the ClientHello begins there
			n, err := io.ReadFull(server.socket, ahead)
			if err != nil {
				return err
			}
			if err := server.RequestRead(payload, sequence, ahead[:n]); err != nil {
				return err
			}
			return server.Handshake()
		}()
	}()
	sequence, payload, err := readPacket(client.socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.GreetingRead(payload, sequence, nil); err != nil {
		t.Fatal(err)
	}
	g, err := client.Greeting()
	if err != nil || g.ServerVersion != "8.0.36" || !client.WillUseTLS() {
		t.Fatalf("%+v, %v", g, err)
	}
	r := testRequest
	r.Capabilities |= capSSL
	if _, err := client.socket.Write(packet(1, sslRequest(r))); err != nil {
		t.Fatal(err)
	}
	if err := client.RequestSent(r); err != nil {
		t.Fatal(err)
	}
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if seen, err := server.Request(); err != nil || seen != r {
		t.Fatalf("%+v, %v", seen, err)
	}
	c, s := client.ConnectionState(), server.ConnectionState()
	if c.Outcome != OutcomeTLS || c.Sequence != 2 || c.Verified&verified != verified ||
		c.Events != EventSecured || c.Phase != PhaseTLS {
		t.Fatalf("%+v", c)
	}
	if s.Outcome != OutcomeTLS || s.Sequence != 3 || s.Events != EventSecured {
		t.Fatalf("%+v", s)
	}
	echo(t, client, server)
}

// Of a greeting whose bytes are gone, version and capabilities are enough.
func TestHostPacketsFacts(t *testing.T) {
	known := Greeting{ServerVersion: "8.0.36", Capabilities: capabilities | capSSL}
	for _, facts := range []Greeting{known, {Capabilities: known.Capabilities}} {
		client, server := ends(t, clientContext(t), serverContext(t, "server"))
		if err := client.GreetingFacts(facts, nil); err != nil {
			t.Fatal(err)
		}
		g, err := client.Greeting()
		if err != nil || g.ServerVersion != facts.ServerVersion || !client.WillUseTLS() {
			t.Fatalf("%+v, %v", g, err)
		}
		r := testRequest
		r.Capabilities |= capSSL
		if err := client.RequestSent(r); err != nil {
			t.Fatal(err)
		}
		if err := server.GreetingSent(r.Capabilities); err != nil {
			t.Fatal(err)
		}
		if err := server.RequestRead(sslRequest(r), 1, nil); err != nil {
			t.Fatal(err)
		}
		echo(t, client, server)
		expect(t, client.GreetingFacts(facts, nil), "TLSQL_E_STATE")
		expect(t, server.GreetingFacts(facts, nil), "TLSQL_E_STATE")
	}
	client, _ := ends(t, clientContext(t), serverContext(t, "server"))
	expect(t, client.GreetingFacts(known, []byte{7}), "TLSQL_E_EARLY_BYTES")
	client, _ = ends(t, clientContext(t), serverContext(t, "server"))
	expect(t, client.GreetingFacts(Greeting{Capabilities: capabilities}, nil),
		"TLSQL_E_NO_TLS_OFFERED")
}

func TestHostPacketsInClear(t *testing.T) {
	disabled := newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "DISABLED"}})
	client, server := ends(t, disabled, serverContext(t, "server"))
	err := client.GreetingRead(greeting(capabilities|capSSL), 0, []byte("read ahead"))
	if err != nil {
		t.Fatal(err)
	}
	if client.WillUseTLS() || !server.WillUseTLS() {
		t.Fatal("which of the two will use TLS")
	}
	if err := client.RequestSent(testRequest); err != nil {
		t.Fatal(err)
	}
	if err := server.GreetingSent(capabilities | capSSL); err != nil {
		t.Fatal(err)
	}
	if err := server.RequestRead(plainLogin[4:], 1, []byte("and behind")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Conn{client, server} {
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
	}
	got := make([]byte, 10)
	if _, err := io.ReadFull(client, got); err != nil || string(got) != "read ahead" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := io.ReadFull(server, got); err != nil || string(got) != "and behind" {
		t.Fatalf("%q, %v", got, err)
	}
	c, s := client.ConnectionState(), server.ConnectionState()
	if c.Outcome != OutcomePlainDisabled || c.Sequence != 1 || c.Events != EventPlain {
		t.Fatalf("%+v", c)
	}
	if s.Outcome != OutcomePlainNoTLS || s.Sequence != 2 || s.Phase != PhasePlain {
		t.Fatalf("%+v", s)
	}
	echo(t, client, server)
}

// More than the buffer of a Conn holds may have been read ahead.
func TestHostPacketsManyBytesAhead(t *testing.T) {
	client, _ := ends(t, newContext(t, RoleClient, Settings{}), serverContext(t, "server"))
	ahead := make([]byte, 3*bufferSize)
	ahead[len(ahead)-1] = 'z'
	if err := client.GreetingRead(greeting(capabilities), 0, ahead); err != nil {
		t.Fatal(err)
	}
	if err := client.RequestSent(testRequest); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(ahead))
	if _, err := io.ReadFull(client, got); err != nil || got[len(got)-1] != 'z' {
		t.Fatal(err)
	}
}

func TestHostPacketsMisuse(t *testing.T) {
	const state, argument = "TLSQL_E_STATE", "TLSQL_E_ARGUMENT"
	hello := greeting(capabilities | capSSL)
	withTLS := Request{Capabilities: capabilities | capSSL, MaxPacket: 1 << 24, Charset: 45}

	client, server := ends(t, clientContext(t), serverContext(t, "server"))
	expect(t, client.RequestSent(withTLS), state)
	expect(t, client.GreetingSent(capabilities), state)
	expect(t, client.RequestRead(sslRequest(withTLS), 1, nil), state)
	if err := client.GreetingRead(hello, 0, nil); err != nil {
		t.Fatal(err)
	}
	expect(t, client.GreetingRead(hello, 0, nil), state)
	expect(t, client.RequestSent(testRequest), argument) // TLS was decided: that would be clear text
	if err := client.RequestSent(withTLS); err != nil {
		t.Fatal(err)
	}
	expect(t, client.RequestSent(withTLS), state)
	if err := client.Err(); err != nil {
		t.Fatalf("wrong calls ended the connection: %v", err)
	}

	expect(t, server.GreetingRead(hello, 0, nil), state)
	expect(t, server.RequestRead(sslRequest(withTLS), 1, nil), state)
	if err := server.GreetingSent(capabilities | capSSL); err != nil {
		t.Fatal(err)
	}
	expect(t, server.GreetingSent(capabilities|capSSL), state)
	expect(t, server.RequestRead(sslRequest(withTLS), 7, nil), "TLSQL_E_SEQUENCE")
	expect(t, server.Err(), "TLSQL_E_SEQUENCE")

	_, server = ends(t, clientContext(t), newContext(t, RoleServer, Settings{}))
	expect(t, server.GreetingSent(capabilities|capSSL), argument)
	server.socket.Close()
	server.Close()
	for _, err := range []error{server.GreetingSent(capabilities), server.Err(),
		server.RequestRead(sslRequest(withTLS), 1, nil), server.CheckTransport()} {
		if err != net.ErrClosed {
			t.Fatal(err)
		}
	}

	for _, wrong := range []struct {
		payload  []byte
		sequence uint8
		ahead    []byte
		name     string
	}{
		{hello, 0, []byte{7}, "TLSQL_E_EARLY_BYTES"},
		{hello, 1, nil, "TLSQL_E_SEQUENCE"},
		{hello[:40], 0, nil, "TLSQL_E_GREETING"},
		{greeting(capabilities), 0, nil, "TLSQL_E_NO_TLS_OFFERED"},
	} {
		client, _ := ends(t, clientContext(t), serverContext(t, "server"))
		expect(t, client.GreetingRead(wrong.payload, wrong.sequence, wrong.ahead), wrong.name)
		expect(t, client.Err(), wrong.name)
		expect(t, client.Handshake(), wrong.name)
	}
}
