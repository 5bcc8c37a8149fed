package tlsql

import (
	"errors"
	"strings"
	"testing"
)

// hello upgrades a client that asks for localhost and a server that chooses its Context; the first
// Context has another certificate than the second.
func hello(t *testing.T, choose func(front, tenant *Context) func(string) (*Context, error)) (
	server *Conn, subject string, errs [2]error) {
	t.Helper()
	front := newContext(t, RoleServer, Settings{Options: map[string]string{
		"ssl_cert": certificate(t, "wrongname-cert.pem"), "ssl_key": certificate(t, "wrongname-key.pem"),
		"tlsql_hello_event": "ON"}})
	tenant := serverContext(t, "server")
	ctx := newContext(t, RoleClient, Settings{Options: map[string]string{"ssl-mode": "REQUIRED"}})
	a, b := sockets(t)
	server, err := Server(b, Config{Context: front, ContextFor: choose(front, tenant)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	done := make(chan error, 1)
	go func() {
		err := server.Greet(greeting(capabilities))
		if err == nil {
			err = server.Handshake()
		}
		if err != nil {
			server.Close()
		}
		done <- err
	}()
	client, err := Client(a, Config{Context: ctx, Host: "localhost", SNI: "LocalHost"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, errs[0] = client.Start(testRequest); errs[0] == nil {
		errs[0] = client.Handshake()
	}
	errs[1] = <-done
	if errs[0] == nil {
		name, err := client.PeerSubject(NameOpenSSL3)
		if err != nil {
			t.Fatal(err)
		}
		subject = string(name)
	}
	return server, subject, errs
}

func TestContextByName(t *testing.T) {
	for _, chooses := range []bool{true, false} {
		var seen []string
		server, subject, errs := hello(t, func(_, tenant *Context) func(string) (*Context, error) {
			return func(name string) (*Context, error) {
				seen = append(seen, name)
				if chooses {
					return tenant, nil
				}
				return nil, nil
			}
		})
		if errs[0] != nil || errs[1] != nil {
			t.Fatal(errs)
		}
		want := "/CN=tlsql wrong name"
		if chooses {
			want = "/CN=tlsql test server"
		}
		if subject != want || strings.Join(seen, " ") != "localhost" {
			t.Errorf("%q for %q", subject, seen)
		}
		if server.ConnectionState().Events&EventHello == 0 {
			t.Error("no event")
		}
	}
}

func TestContextByNameRefusals(t *testing.T) {
	own := errors.New("nobody of that name")
	for _, test := range []struct {
		choose func(*Context) (*Context, error)
		is     func(error) bool
	}{
		{func(*Context) (*Context, error) { return nil, own },
			func(err error) bool { return err == own }},
		{func(*Context) (*Context, error) { return clientContext(t), nil },
			func(err error) bool { return isCode(err, CodeArgument) }},
		{func(*Context) (*Context, error) {
			off := newContext(t, RoleServer, Settings{Options: map[string]string{"ssl": "OFF"}})
			return off, nil
		}, func(err error) bool { return isCode(err, CodeContextNoTLS) }},
	} {
		server, _, errs := hello(t, func(_, tenant *Context) func(string) (*Context, error) {
			return func(string) (*Context, error) { return test.choose(tenant) }
		})
		if errs[0] == nil || !test.is(errs[1]) {
			t.Error(errs)
		}
		if _, err := server.Read(make([]byte, 1)); err == nil {
			t.Error("it went on under the first Context")
		}
	}
}

func TestContextByNameOutsideTheMoment(t *testing.T) {
	_, server := pair(t)
	if _, err := server.helloName(); !isCode(err, CodeNoHello) {
		t.Error(err)
	}
	if err := server.useContext(serverContext(t, "server")); !isCode(err, CodeNoHello) {
		t.Error(err)
	}
}

func isCode(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
