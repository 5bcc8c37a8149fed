package tlsql

// #include "tlsql.h"
import "C"

import (
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	bufferSize = 64 << 10        // in each direction: three full records and more
	closeLimit = 5 * time.Second // for close_notify, when the peer does not read
)

// Config holds the settings of one connection. Empty fields have the defaults of tlsql_conn_set.
type Config struct {
	Context    *Context
	Host       string // the host the program dialed, for VERIFY_IDENTITY
	Port       string
	Transport  string // tcp, unix, ...
	VerifyName string // instead of Host
	SNI        string

	// Session is what a client offers to resume, in place of one that its Context keeps; nil for none.
	// CodeSessionPolicy is the error where Context has another policy than the one that it came from,
	// CodeState for a Session of TLS 1.3 that was offered before.
	Session *Session

	// ContextFor is called by a server whose Context has tlsql_hello_event=ON, once for a connection
	// with TLS, with the name that the client asks for (its SNI, in lower case; "" without one). The
	// connection goes on under the Context that it returns, or under its own for nil. An error ends
	// the handshake and is returned by it. It is called by Handshake, Read or Write and must not use
	// the Conn.
	ContextFor func(name string) (*Context, error)
}

// Conn is a net.Conn of plaintext over the connection that it was given. Read, Write, Close and the
// deadlines may be used at once from several goroutines; a Read never waits for a Write, nor a
// Write for a Read. A Read or Write that missed its deadline may be repeated.
type Conn struct {
	socket net.Conn

	engine sync.Mutex // guards the next three; held during one engine call, never across I/O
	conn   *C.tlsql_conn
	step   C.tlsql_step
	events Event // all that were reported so far

	contextFor func(name string) (*Context, error)

	reading sync.Mutex // guards the next five; held across reads from the socket
	in      []byte     // unused bytes from the peer stand at in[at:end]
	at, end int
	plain   []byte // decrypted in place and not yet read
	ended   bool   // the peer closed its half

	writing    sync.Mutex // guards the next four; held across writes, so records leave in order
	out        []byte     // unsent bytes for the peer stand at out[sent:made]
	sent, made int
	decided    bool // the step that decided on TLS or clear text is done

	ready, flushing, closed atomic.Bool
}

// Client reads the server's greeting from socket. The program then calls Start and Handshake, and
// writes its login. A TCP socket needs TCP_NODELAY, which net.Dial sets: the SSLRequest and the
// ClientHello leave apart, and a server that reads both together may lose the ClientHello.
func Client(socket net.Conn, cfg Config) (*Conn, error) {
	c, err := newConn(socket, cfg, RoleClient)
	if err != nil {
		return nil, err
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.negotiate(C.TLSQL_EVENT_GREETING); err != nil {
		c.free()
		return nil, err
	}
	return c, nil
}

// Server makes the server's end of a connection on socket. The program then calls Greet and
// Handshake, and reads the client's login.
func Server(socket net.Conn, cfg Config) (*Conn, error) {
	return newConn(socket, cfg, RoleServer)
}

func newConn(socket net.Conn, cfg Config, role Role) (*Conn, error) {
	c := &Conn{socket: socket, contextFor: cfg.ContextFor, in: make([]byte, bufferSize),
		out: make([]byte, bufferSize)}
	why := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	var code C.tlsql_code
	if role == RoleClient {
		code = C.tlsql_client_new(cfg.Context.c, &c.conn, &why)
	} else {
		code = C.tlsql_server_new(cfg.Context.c, &c.conn, &why)
	}
	runtime.KeepAlive(cfg.Context)
	if code != C.TLSQL_OK {
		return nil, newError(code, &why)
	}
	for _, setting := range [...][2]string{{"host", cfg.Host}, {"port", cfg.Port},
		{"transport", cfg.Transport}, {"verify_name", cfg.VerifyName}, {"sni", cfg.SNI}} {
		name, value := setting[0], setting[1]
		if value == "" {
			continue
		}
		code := C.tlsql_conn_set(c.conn, text(name), size(len(name)), text(value), size(len(value)),
			&why)
		if code != C.TLSQL_OK {
			c.free()
			return nil, newError(code, &why)
		}
	}
	if cfg.Session != nil {
		if err := c.offer(cfg.Session); err != nil {
			c.free()
			return nil, err
		}
	}
	runtime.SetFinalizer(c, (*Conn).free)
	return c, nil
}

// Handshake runs the TLS handshake, or finds that the connection stays in clear text. Read and Write
// call it where the program did not. A program that sends secrets calls it first and looks at
// ConnectionState.
func (c *Conn) Handshake() error {
	if c.ready.Load() {
		return nil
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	c.writing.Lock()
	defer c.writing.Unlock()
	if !c.decided {
		if err := c.negotiate(C.TLSQL_EVENT_SECURED | C.TLSQL_EVENT_PLAIN); err != nil {
			return err
		}
		c.decided = true
	}
	if _, err := c.push(nil); err != nil {
		return err
	}
	c.ready.Store(true)
	return nil
}

func (c *Conn) Read(b []byte) (int, error) {
	if err := c.Handshake(); err != nil {
		return 0, err
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	for len(c.plain) == 0 && len(b) > 0 {
		p, err := c.advance(c.in[c.at:c.end], nil, nil)
		c.plain = c.in[c.at+p.viewAt : c.at+p.viewAt+p.viewed]
		c.at += p.used
		if p.want&C.TLSQL_WANT_WIRE_OUT != 0 {
			c.flush()
		}
		if p.events&C.TLSQL_EVENT_PEER_CLOSED != 0 {
			c.ended = true
		}
		if err != nil {
			return 0, err
		}
		if p.used == 0 && p.viewed == 0 && p.events == 0 {
			if err := c.receive(); err != nil {
				return 0, err
			}
		}
	}
	n := copy(b, c.plain)
	c.plain = c.plain[n:]
	return n, nil
}

func (c *Conn) Write(b []byte) (int, error) {
	if err := c.Handshake(); err != nil {
		return 0, err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.push(b)
}

// Rekey replaces this side's keys by a KeyUpdate of TLS 1.3. It has no effect until something was
// written since the last one; CodeState outside TLS 1.3.
func (c *Conn) Rekey() error {
	if err := c.Handshake(); err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	c.engine.Lock()
	err := c.failure(C.tlsql_conn_rekey(c.conn))
	c.engine.Unlock()
	if err != nil {
		return err
	}
	_, err = c.push(nil)
	return err
}

// Close sends close_notify and closes the socket. While a Write or a Handshake is under way it only
// closes the socket, which ends that call.
func (c *Conn) Close() error {
	if !c.closed.CompareAndSwap(false, true) {
		return net.ErrClosed
	}
	if c.writing.TryLock() {
		c.socket.SetWriteDeadline(time.Now().Add(closeLimit))
		c.engine.Lock()
		C.tlsql_conn_close(c.conn)
		c.engine.Unlock()
		c.push(nil)
		c.writing.Unlock()
	}
	err := c.socket.Close()
	c.free()
	return err
}

func (c *Conn) LocalAddr() net.Addr                { return c.socket.LocalAddr() }
func (c *Conn) RemoteAddr() net.Addr               { return c.socket.RemoteAddr() }
func (c *Conn) SetDeadline(t time.Time) error      { return c.socket.SetDeadline(t) }
func (c *Conn) SetReadDeadline(t time.Time) error  { return c.socket.SetReadDeadline(t) }
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.socket.SetWriteDeadline(t) }

// progress is what one step of the engine did.
type progress struct {
	used, made, taken, viewAt, viewed int
	want, events                      C.uint32_t
}

// advance runs one step of the engine.
func (c *Conn) advance(in, out, app []byte) (progress, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	if c.conn == nil {
		return progress{}, net.ErrClosed
	}
	c.step = C.tlsql_step{struct_size: C.sizeof_tlsql_step}
	code := C.tlsql_conn_step(c.conn, octets(in), size(len(in)), octets(out), size(len(out)),
		octets(app), size(len(app)), nil, C.TLSQL_ANY_ROOM, &c.step)
	c.events |= Event(c.step.events)
	return progress{
		used: int(c.step.wire_in_used), made: int(c.step.wire_out_made),
		taken: int(c.step.app_in_used), viewAt: int(c.step.view_off), viewed: int(c.step.view_len),
		want: c.step.want, events: c.step.events,
	}, c.failure(code)
}

// negotiate moves both directions until one of the events; reading and writing are held.
func (c *Conn) negotiate(until C.uint32_t) error {
	for {
		p, failed := c.advance(c.in[c.at:c.end], c.out[c.made:], nil)
		c.at += p.used
		c.made += p.made
		err := c.send() // also after a failure: it may be the alert
		if err == nil && p.events&C.TLSQL_EVENT_HELLO != 0 {
			err = c.choose()
		}
		switch {
		case failed != nil && err == nil && p.want&C.TLSQL_WANT_WIRE_OUT != 0:
		case failed != nil:
			return failed
		case err != nil:
			return err
		case p.events&until != 0:
			return nil
		case p.used+p.made != 0 || p.events != 0:
		case p.want&C.TLSQL_WANT_START != 0:
			return CodeState.Info() // nobody called Start or Greet: no I/O helps
		default:
			if err := c.receive(); err != nil {
				return err
			}
		}
	}
}

// push sends what is queued and then app; writing is held.
func (c *Conn) push(app []byte) (n int, err error) {
	for {
		if err := c.send(); err != nil {
			return n, err
		}
		p, failed := c.advance(nil, c.out, app[n:])
		c.made = p.made
		n += p.taken
		if p.made > 0 && p.want&C.TLSQL_WANT_WIRE_OUT != 0 {
			continue
		}
		err := c.send()
		switch {
		case failed != nil:
			return n, failed
		case err != nil || n == len(app):
			return n, err
		case p.made == 0:
			return n, net.ErrClosed
		}
	}
}

// flush sends what reading queued, an alert or a KeyUpdate, while reading goes on. One waiting
// goroutine is enough: what is queued before it runs leaves with it.
func (c *Conn) flush() {
	if !c.flushing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		c.writing.Lock()
		defer c.writing.Unlock()
		c.flushing.Store(false)
		c.push(nil)
	}()
}

func (c *Conn) send() error {
	for c.sent < c.made {
		n, err := c.socket.Write(c.out[c.sent:c.made])
		c.sent += n
		if err != nil {
			return err
		}
	}
	c.sent, c.made = 0, 0
	return nil
}

// receive waits for bytes from the peer and puts them behind those that are not used yet.
func (c *Conn) receive() error {
	if c.ended {
		return io.EOF
	}
	c.end = copy(c.in, c.in[c.at:c.end])
	c.at = 0
	n, err := c.socket.Read(c.in[c.end:])
	c.end += n
	if n > 0 || err != io.EOF {
		if n > 0 {
			return nil // an error that came with bytes comes again
		}
		return err
	}
	c.ended = true
	c.engine.Lock()
	defer c.engine.Unlock()
	if err := c.failure(C.tlsql_conn_eof(c.conn, size(c.end))); err != nil {
		return err
	}
	return io.EOF
}

// failure returns the result of a call on this connection as an error; engine is held.
func (c *Conn) failure(code C.tlsql_code) error {
	switch {
	case code == C.TLSQL_OK:
		return nil
	case c.conn == nil:
		return net.ErrClosed
	}
	e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	C.tlsql_conn_explain(c.conn, code, &e)
	return newError(code, &e)
}

func (c *Conn) free() {
	c.engine.Lock()
	defer c.engine.Unlock()
	C.tlsql_conn_free(c.conn)
	c.conn = nil
}
