package tlsql

// #include "tlsql.h"
import "C"

// Greeting holds the fields of the server's greeting.
type Greeting struct {
	Protocol, ConnectionID, Capabilities, MariaDBCapabilities, Status, Charset uint32
	ServerVersion, AuthPlugin                                                  string
	AuthData, Payload                                                          []byte
}

// Request holds the fields of the SSLRequest, which the client's login packet must repeat.
type Request struct {
	Capabilities, MaxPacket, Charset, MariaDBCapabilities uint32
}

// ConnectionState is what the handshake negotiated and checked, and how far the connection is.
type ConnectionState struct {
	Phase               Phase
	Outcome             Outcome
	Events              Event // all that were reported so far
	Want                Want
	Verified            Verify   // the checks that were made and hold
	Version, CipherID   uint16   // 0x0303, 0x0304; IANA number; 0 without TLS
	Cipher              string   // as Ssl_cipher shows it; "" without TLS
	SecureTransport     bool     // TLS, or a local transport that counts as secure
	Resumed             bool     // the handshake resumed a session
	PeerClosed          bool     // the peer sent close_notify
	Sequence            uint8    // of the next packet that the program sends, until its first byte
	PeerCertificatesDER [][]byte // leaf first
}

// Greeting returns the server's greeting, which Client has read.
func (c *Conn) Greeting() (Greeting, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	g := C.tlsql_greeting{struct_size: C.sizeof_tlsql_greeting}
	if code := C.tlsql_conn_greeting(c.conn, &g); code != C.TLSQL_OK {
		return Greeting{}, c.failure(code)
	}
	return Greeting{
		uint32(g.protocol), uint32(g.connection_id), uint32(g.capabilities),
		uint32(g.mariadb_capabilities), uint32(g.status), uint32(g.charset),
		string(copied(g.server_version, g.server_version_len)),
		string(copied(g.auth_plugin, g.auth_plugin_len)),
		copied(g.auth_data, g.auth_data_len), copied(g.payload, g.payload_len),
	}, nil
}

// Start answers the greeting: Handshake sends the SSLRequest, if there is one. The login packet must
// repeat the values that Start returns.
func (c *Conn) Start(r Request) (Request, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	q := r.c()
	err := c.failure(C.tlsql_client_start(c.conn, &q))
	return request(&q), err
}

// Greet queues the server's greeting, given without its packet header; Handshake sends it.
func (c *Conn) Greet(payload []byte) error {
	c.engine.Lock()
	defer c.engine.Unlock()
	return c.failure(C.tlsql_server_start(c.conn, octets(payload), size(len(payload))))
}

// Request returns the values of the client's first packet.
func (c *Conn) Request() (Request, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	q := C.tlsql_request{struct_size: C.sizeof_tlsql_request}
	err := c.failure(C.tlsql_conn_request(c.conn, &q))
	return request(&q), err
}

// WillUseTLS tells a client, after the greeting, whether there will be TLS, and a server whether its
// greeting may have CLIENT_SSL.
func (c *Conn) WillUseTLS() bool {
	c.engine.Lock()
	defer c.engine.Unlock()
	return C.tlsql_conn_will_use_tls(c.conn) != 0
}

// CheckTransport returns the error to send to a client that require_secure_transport refuses.
func (c *Conn) CheckTransport() error {
	c.engine.Lock()
	defer c.engine.Unlock()
	refusal := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	code := C.tlsql_conn_check_transport(c.conn, &refusal)
	if code == C.TLSQL_E_SECURE_TRANSPORT {
		return newError(code, &refusal)
	}
	return c.failure(code)
}

// ConnectionState returns what is known now; after Close nothing is.
func (c *Conn) ConnectionState() ConnectionState {
	c.engine.Lock()
	defer c.engine.Unlock()
	if c.conn == nil {
		return ConnectionState{}
	}
	s := ConnectionState{
		Phase:           Phase(C.tlsql_conn_phase(c.conn)),
		Outcome:         Outcome(C.tlsql_conn_outcome(c.conn)),
		Events:          c.events,
		Want:            Want(C.tlsql_conn_want(c.conn)),
		Verified:        Verify(C.tlsql_conn_verified(c.conn)),
		Version:         uint16(C.tlsql_conn_tls_version(c.conn)),
		CipherID:        uint16(C.tlsql_conn_cipher_id(c.conn)),
		Cipher:          C.GoString(C.tlsql_conn_cipher_name(c.conn)),
		SecureTransport: C.tlsql_conn_secure_transport(c.conn) != 0,
		Resumed:         C.tlsql_conn_resumed(c.conn) != 0,
		PeerClosed:      C.tlsql_conn_peer_closed(c.conn) != 0,
		Sequence:        uint8(C.tlsql_conn_sequence(c.conn)),
	}
	for i := C.size_t(0); i < C.tlsql_conn_peer_cert_count(c.conn); i++ {
		var der *C.uint8_t
		var n C.size_t
		if C.tlsql_conn_peer_cert(c.conn, i, &der, &n) == C.TLSQL_OK {
			s.PeerCertificatesDER = append(s.PeerCertificatesDER, copied(der, n))
		}
	}
	return s
}

// Status returns a status variable, such as Ssl_cipher.
func (c *Conn) Status(name string) (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	value, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_status(c.conn, text(name), size(len(name)), buf, room, needed)
	})
	return value, c.failure(code)
}

// KeyLog returns the secrets of the connection that there are so far, in the lines of a key log file:
// who has them reads all that was sent. It fails without tlsql_keylog=ON, which most builds of the
// library refuse.
func (c *Conn) KeyLog() (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	value, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_keylog(c.conn, buf, room, needed)
	})
	return value, c.failure(code)
}

// Err returns the failure that ended the connection, or nil.
func (c *Conn) Err() error {
	c.engine.Lock()
	defer c.engine.Unlock()
	e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	code := C.tlsql_conn_error(c.conn, &e)
	if code == C.TLSQL_OK && e.code != C.TLSQL_OK {
		return newError(e.code, &e)
	}
	return c.failure(code)
}

func (r Request) c() C.tlsql_request {
	return C.tlsql_request{struct_size: C.sizeof_tlsql_request,
		capabilities: C.uint32_t(r.Capabilities), max_packet: C.uint32_t(r.MaxPacket),
		charset: C.uint32_t(r.Charset), mariadb_capabilities: C.uint32_t(r.MariaDBCapabilities)}
}

func request(q *C.tlsql_request) Request {
	return Request{uint32(q.capabilities), uint32(q.max_packet), uint32(q.charset),
		uint32(q.mariadb_capabilities)}
}
