package tlsql

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const verified = VerifyTrust | VerifyName

var plainLogin = packet(1, login(testRequest, "app", nil))

func certificate(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("TLSQL_CERTS")
	if dir == "" {
		t.Skip("TLSQL_CERTS is not set")
	}
	return filepath.Join(dir, name)
}

func newContext(t *testing.T, role Role, s Settings) *Context {
	t.Helper()
	ctx, err := NewContext(role, s)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func clientContext(t *testing.T) *Context {
	return newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "VERIFY_IDENTITY", "ssl-ca": certificate(t, "ca.pem")}})
}

func serverContext(t *testing.T, name string) *Context {
	return newContext(t, RoleServer, Settings{Options: map[string]string{
		"ssl_ca":   certificate(t, "ca.pem"),
		"ssl_cert": certificate(t, name+"-cert.pem"),
		"ssl_key":  certificate(t, name+"-key.pem")}})
}

// sockets are the two ends of a loopback connection.
func sockets(t *testing.T) (net.Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// upgrade makes both ends of one upgraded connection, or says why each of them did not come up.
func upgrade(t *testing.T, clientCtx, serverCtx *Context) (client, server *Conn, errs [2]error) {
	t.Helper()
	a, b := sockets(t)
	done := make(chan error)
	go func() {
		var err error
		if server, err = Server(b, Config{Context: serverCtx}); err == nil {
			if err = server.Greet(greeting(capabilities)); err == nil {
				err = server.Handshake()
			}
		}
		done <- err
	}()
	client, errs[0] = Client(a, Config{Context: clientCtx, Host: "localhost"})
	if errs[0] == nil {
		if _, errs[0] = client.Start(testRequest); errs[0] == nil {
			errs[0] = client.Handshake()
		}
	}
	if errs[0] != nil {
		if client != nil {
			client.Close()
		}
		a.Close()
	} else if client.ConnectionState().Outcome != OutcomeTLS { // the server waits for SSLRequest or login
		client.Write(plainLogin)
	}
	errs[1] = <-done
	return client, server, errs
}

func pair(t *testing.T) (client, server *Conn) {
	t.Helper()
	client, server, errs := upgrade(t, clientContext(t), serverContext(t, "server"))
	if errs[0] != nil || errs[1] != nil {
		t.Fatalf("client: %v; server: %v", errs[0], errs[1])
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func expect(t *testing.T, err error, name string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Name != name {
		t.Fatalf("%v, not %s", err, name)
	}
	return e
}

func selectOne(t *testing.T, address string, ctx *Context, name, user, password string) {
	t.Helper()
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	socket.SetDeadline(time.Now().Add(20 * time.Second))
	c, err := Client(socket, Config{Context: ctx, Host: name})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	repeat, err := c.Start(testRequest)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	s := c.ConnectionState()
	if s.Outcome != OutcomeTLS || s.Verified&verified != verified || s.Sequence != 2 {
		t.Fatalf("not as agreed: %+v", s)
	}
	if cipher, err := c.Status("Ssl_cipher"); err != nil || cipher != s.Cipher {
		t.Fatalf("Ssl_cipher %q, %v", cipher, err)
	}
	rows, err := query(c, repeat, user, password, "SELECT 1")
	if err != nil || len(rows) != 1 || rows[0] != "1" {
		t.Fatalf("SELECT 1: %q, %v", rows, err)
	}
	t.Logf("%#x %s, %d certificates", s.Version, s.Cipher, len(s.PeerCertificatesDER))
}

func TestLoginToCServer(t *testing.T) {
	program := os.Getenv("TLSQL_C_SERVER")
	if program == "" {
		t.Skip("TLSQL_C_SERVER is not set")
	}
	cmd := exec.Command(program, "--port=0", "--bind-address=127.0.0.1", "--user=app",
		"--password=secret", "--ssl-ca="+certificate(t, "ca.pem"),
		"--ssl-cert="+certificate(t, "server-cert.pem"),
		"--ssl-key="+certificate(t, "server-key.pem"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	address := strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !strings.HasPrefix(line, "listening on ") {
		t.Fatalf("%q, %v", line, err)
	}
	selectOne(t, address, clientContext(t), "localhost", "app", "secret")
}

func TestLoginToRealServer(t *testing.T) {
	address := os.Getenv("TLSQL_REAL_SERVER")
	if address == "" {
		t.Skip("optional peer: TLSQL_REAL_SERVER is not set (make test-peers sets it)")
	}
	name := os.Getenv("TLSQL_REAL_NAME")
	if name == "" {
		name, _, _ = net.SplitHostPort(address)
	}
	ctx := newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "VERIFY_IDENTITY", "ssl-ca": os.Getenv("TLSQL_REAL_CA")}})
	selectOne(t, address, ctx, name, os.Getenv("TLSQL_REAL_USER"), os.Getenv("TLSQL_REAL_PASSWORD"))
}

func TestBothWaysAtOnce(t *testing.T) {
	const size = 16 << 20
	client, server := pair(t)
	client.SetDeadline(time.Now().Add(2 * time.Minute))
	server.SetDeadline(time.Now().Add(2 * time.Minute))
	var wg sync.WaitGroup
	stream := func(from, to *Conn, seed int64) {
		data := make([]byte, size)
		rand.New(rand.NewSource(seed)).Read(data)
		wg.Add(2)
		go func() {
			defer wg.Done()
			for at := 0; at < size; at += 100_000 { // no multiple of a record
				end := at + 100_000
				if end > size {
					end = size
				}
				if n, err := from.Write(data[at:end]); err != nil || n != end-at {
					t.Errorf("wrote %d: %v", n, err)
					return
				}
			}
		}()
		go func() {
			defer wg.Done()
			got := make([]byte, size)
			if n, err := io.ReadFull(to, got); err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d of %d: %v", n, size, err)
			}
		}()
	}
	start := time.Now()
	stream(client, server, 1)
	stream(server, client, 2)
	wg.Wait()
	t.Logf("%d MiB each way in %v", size>>20, time.Since(start))
}

func TestReadWaitsForNoWrite(t *testing.T) {
	client, server := pair(t)
	blocked := make(chan error, 1)
	go func() {
		for { // until nothing fits between the two any more, and then until Close
			if _, err := client.Write(make([]byte, 1<<20)); err != nil {
				blocked <- err
				return
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	if _, err := server.Write([]byte("reading goes on")); err != nil {
		t.Fatal(err)
	}
	client.SetReadDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 100)
	if n, err := client.Read(buf); string(buf[:n]) != "reading goes on" {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	client.Close()
	if err := <-blocked; !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
}

func TestManyGoroutines(t *testing.T) {
	client, server := pair(t)
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(4)
		go func() { defer wg.Done(); client.Write([]byte("twelve bytes")) }()
		go func() { defer wg.Done(); server.Write([]byte("twelve bytes")) }()
		go func() { defer wg.Done(); io.ReadFull(client, make([]byte, 12)) }()
		go func() {
			defer wg.Done()
			client.ConnectionState()
			client.Status("Ssl_cipher")
			client.Greeting()
		}()
	}
	wg.Wait()
	got := make([]byte, 48)
	if _, err := io.ReadFull(server, got); err != nil ||
		string(got) != strings.Repeat("twelve bytes", 4) {
		t.Fatalf("%q, %v", got, err)
	}
	go client.Close()
	server.Read(got)
	server.Close()
	if err := server.Close(); err != net.ErrClosed {
		t.Fatal(err)
	}
	if _, err := server.Write(got); err != net.ErrClosed {
		t.Fatal(err)
	}
	if s := server.ConnectionState(); s.Outcome != OutcomeNone {
		t.Fatalf("%+v", s)
	}
}

func TestDeadlines(t *testing.T) {
	client, server := pair(t)
	past := func(err error) {
		t.Helper()
		var e net.Error
		if !errors.As(err, &e) || !e.Timeout() {
			t.Fatalf("%v is no timeout", err)
		}
	}
	buf := make([]byte, 1<<20)
	client.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err := client.Read(buf)
	past(err)

	// A Write that missed its deadline loses nothing: what it did not take is written again.
	data := make([]byte, 8<<20)
	rand.New(rand.NewSource(3)).Read(data)
	server.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	taken, err := server.Write(data)
	past(err)
	if taken == 0 || taken == len(data) {
		t.Fatalf("took %d", taken)
	}
	server.SetWriteDeadline(time.Time{})
	go server.Write(data[taken:])
	client.SetReadDeadline(time.Now().Add(time.Minute))
	got := make([]byte, len(data))
	if n, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("read %d: %v", n, err)
	}
}

func TestHandshakeDeadline(t *testing.T) {
	a, b := sockets(t)
	go b.Write(packet(0, greeting(capabilities|capSSL)))
	c, err := Client(a, Config{Context: clientContext(t), Host: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Start(testRequest); err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(50 * time.Millisecond))
	if err := c.Handshake(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestEnds(t *testing.T) {
	client, server := pair(t)
	server.Write([]byte("last words"))
	server.Close()
	if got, err := io.ReadAll(client); err != nil || string(got) != "last words" {
		t.Fatalf("%q, %v", got, err)
	}
	// MySQL peers just close: without close_notify it is an end, too.
	client, server = pair(t)
	server.socket.Close()
	if got, err := io.ReadAll(client); err != nil || len(got) != 0 {
		t.Fatalf("%q, %v", got, err)
	}
	// But not in the middle of a record.
	client, server = pair(t)
	server.socket.Write([]byte{23, 3, 3, 0, 100, 1, 2, 3})
	server.socket.Close()
	_, err := client.Read(make([]byte, 100))
	expect(t, err, "TLSQL_E_TRUNCATED")
	_, err = client.Write([]byte("the failure is final"))
	expect(t, err, "TLSQL_E_TRUNCATED")
}

func TestAlertLeavesAfterAFailedRead(t *testing.T) {
	client, server := pair(t)
	server.socket.Write(append([]byte{23, 3, 3, 0, 100}, make([]byte, 100)...)) // sealed by nobody
	_, err := client.Read(make([]byte, 100))
	expect(t, err, "TLSQL_E_DECRYPT")
	server.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err = server.Read(make([]byte, 100))
	if e := expect(t, err, "TLSQL_E_ALERT"); e.Alert != 20 || e.AlertFrom != AlertReceived { // bad_record_mac
		t.Fatalf("alert %d from %d", e.Alert, e.AlertFrom)
	}
}

func TestEarlyBytes(t *testing.T) {
	a, b := sockets(t)
	ok := packet(1, []byte{0, 0, 0, 2, 0, 0, 0})
	b.Write(append(packet(0, greeting(capabilities|capSSL)), ok...))
	c, err := Client(a, Config{Context: clientContext(t), Host: "localhost"})
	if err == nil {
		if _, err = c.Start(testRequest); err == nil {
			err = c.Handshake()
		}
		c.Close()
	}
	expect(t, err, "TLSQL_E_EARLY_BYTES")
	a.Close()
	if sent, err := io.ReadAll(b); err != nil || len(sent) != 0 {
		t.Fatalf("%d bytes left the client, %v", len(sent), err)
	}
}

func TestRefusals(t *testing.T) {
	_, server, errs := upgrade(t, clientContext(t), serverContext(t, "wrongname"))
	e := expect(t, errs[0], "TLSQL_E_CERT_NAME")
	if e.Code != -124 || e.MySQLErrno != 2026 || !strings.Contains(e.Message, "localhost") ||
		e.VerifyFlags&VerifyName == 0 {
		t.Fatalf("%+v", e)
	}
	t.Log(e)
	if errs[1] == nil { // in TLS 1.3 a server may be done before the client looks at the name
		_, errs[1] = server.Read(make([]byte, 1))
	}
	if e := expect(t, errs[1], "TLSQL_E_ALERT"); e.AlertFrom != AlertReceived {
		t.Fatalf("%+v", e)
	}

	noTLS := newContext(t, RoleServer, Settings{})
	_, _, errs = upgrade(t, clientContext(t), noTLS)
	expect(t, errs[0], "TLSQL_E_NO_TLS_OFFERED")
	expect(t, errs[1], "TLSQL_E_EOF")

	_, err := NewContext(RoleClient, Settings{Options: map[string]string{"ssl-mode": "SOMETIMES"}})
	expect(t, err, "TLSQL_E_OPTION_VALUE")
	_, err = NewContext(RoleClient, Settings{CA: []byte("no certificate")})
	expect(t, err, "TLSQL_E_PEM")
}

func TestPlain(t *testing.T) {
	client, server, errs := upgrade(t, newContext(t, RoleClient, Settings{}),
		newContext(t, RoleServer, Settings{}))
	if errs[0] != nil || errs[1] != nil {
		t.Fatalf("client: %v; server: %v", errs[0], errs[1])
	}
	defer client.Close()
	defer server.Close()
	s := client.ConnectionState()
	if s.Outcome != OutcomePlainNoTLS || s.Sequence != 1 || s.Cipher != "" {
		t.Fatalf("%+v", s)
	}
	got := make([]byte, len(plainLogin))
	if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, plainLogin) {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestSettingsFromMemory(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile(certificate(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	clientCtx := newContext(t, RoleClient, Settings{CA: read("ca.pem"),
		Cert: read("client-cert.pem"), Key: read("client-key.pem"),
		Options: map[string]string{"ssl-mode": "VERIFY_IDENTITY"}})
	serverCtx := newContext(t, RoleServer, Settings{CA: read("ca.pem"),
		Cert: read("server-cert.pem"), Key: read("server-key.pem"),
		Options: map[string]string{"require_secure_transport": "ON"}})
	for i := 0; i < 3; i++ {
		client, server, errs := upgrade(t, clientCtx, serverCtx)
		if errs[0] != nil || errs[1] != nil {
			t.Fatalf("client: %v; server: %v", errs[0], errs[1])
		}
		if err := server.CheckTransport(); err != nil {
			t.Fatal(err)
		}
		if n := len(server.ConnectionState().PeerCertificatesDER); n != 1 {
			t.Fatalf("%d client certificates", n)
		}
		if r, err := server.Request(); err != nil || r.Capabilities != capabilities|capSSL {
			t.Fatalf("%+v, %v", r, err)
		}
		client.Close()
		server.Close()
		runtime.GC() // the contexts outlive it
	}
	client, server, errs := upgrade(t, newContext(t, RoleClient, Settings{
		Options: map[string]string{"ssl-mode": "DISABLED"}}), serverCtx)
	if errs[0] != nil || errs[1] != nil {
		t.Fatalf("client: %v; server: %v", errs[0], errs[1])
	}
	if e := expect(t, server.CheckTransport(), "TLSQL_E_SECURE_TRANSPORT"); e.MySQLErrno != 3159 {
		t.Fatalf("%+v", e)
	}
	client.Close()
	server.Close()
}
