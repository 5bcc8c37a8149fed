package tlsql

import (
	"runtime"
	"testing"
)

// sessionClient is a Context for localhost with one version of TLS.
func sessionClient(t *testing.T, version, mode string) *Context {
	return newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": mode, "ssl-ca": certificate(t, "ca.pem"), "tls-version": version}})
}

// meet upgrades a connection to localhost, port 3306, and reads an octet behind the tickets.
func meet(t *testing.T, ctx, serverCtx *Context, s *Session) (*Conn, error) {
	t.Helper()
	a, b := sockets(t)
	done := make(chan error, 1)
	go func() {
		server, err := Server(b, Config{Context: serverCtx})
		if err == nil {
			t.Cleanup(func() { server.Close() })
			if err = server.Greet(greeting(capabilities)); err == nil {
				_, err = server.Write([]byte("x"))
			}
		}
		done <- err
	}()
	client, err := Client(a, Config{Context: ctx, Host: "localhost", Port: "3306",
		VerifyName: "localhost", Session: s})
	if err != nil {
		a.Close()
		<-done
		return nil, err
	}
	t.Cleanup(func() { client.Close() })
	if _, err := client.Start(testRequest); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 1)); n != 1 {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return client, nil
}

// taken is a Session of a connection that was not resumed.
func taken(t *testing.T, ctx, serverCtx *Context) *Session {
	t.Helper()
	c, err := meet(t, ctx, serverCtx, nil)
	if err != nil || c.ConnectionState().Resumed {
		t.Fatal("not a full handshake", err)
	}
	s, err := c.Session()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return s
}

func TestSessionOfAnotherContext(t *testing.T) {
	server := serverContext(t, "server")
	for _, version := range []string{"TLSv1.2", "TLSv1.3"} {
		s := taken(t, sessionClient(t, version, "VERIFY_IDENTITY"), server)
		runtime.GC() // the first Context may go
		other := sessionClient(t, version, "VERIFY_IDENTITY")
		c, err := meet(t, other, server, s)
		if err != nil {
			t.Fatal(version, err)
		}
		if state := c.ConnectionState(); !state.Resumed || state.Verified&verified != verified {
			t.Errorf("%s: %+v", version, state)
		}
		again, err := meet(t, other, server, s)
		if version == "TLSv1.3" {
			if !isCode(err, CodeState) {
				t.Error(version, "a second time:", err)
			}
		} else if err != nil || !again.ConnectionState().Resumed {
			t.Error(version, "a second time:", err)
		}
	}
}

func TestSessionOfAnotherPolicy(t *testing.T) {
	server := serverContext(t, "server")
	for _, version := range []string{"TLSv1.2", "TLSv1.3"} {
		ctx := sessionClient(t, version, "VERIFY_IDENTITY")
		s := taken(t, ctx, server)
		if _, err := meet(t, sessionClient(t, version, "VERIFY_CA"), server, s); !isCode(err, CodeSessionPolicy) {
			t.Error(version, err)
		}
		if c, err := meet(t, ctx, server, s); err != nil || !c.ConnectionState().Resumed {
			t.Error(version, "it was spent:", err)
		}
		a, _ := sockets(t)
		if _, err := Server(a, Config{Context: server, Session: s}); !isCode(err, CodeState) {
			t.Error(version, "a server:", err)
		}
	}
}
