package tlsql

// #include "tlsql.h"
import "C"

import "unsafe"

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

const (
	OutcomeNone          = C.TLSQL_OUTCOME_NONE
	OutcomeTLS           = C.TLSQL_OUTCOME_TLS
	OutcomePlainDisabled = C.TLSQL_OUTCOME_PLAIN_DISABLED
	OutcomePlainNoTLS    = C.TLSQL_OUTCOME_PLAIN_NO_TLS
	OutcomePlainLocal    = C.TLSQL_OUTCOME_PLAIN_LOCAL
	VerifiedTrust        = C.TLSQL_VERIFY_TRUST
	VerifiedName         = C.TLSQL_VERIFY_NAME
)

// ConnectionState is what the handshake negotiated and checked.
type ConnectionState struct {
	Outcome, Verified   uint32 // Outcome* and Verified* constants
	Version, CipherID   uint16 // 0x0303, 0x0304; IANA number
	Cipher              string // as Ssl_cipher shows it
	SecureTransport     bool
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
	q := C.tlsql_request{struct_size: C.sizeof_tlsql_request,
		capabilities: C.uint32_t(r.Capabilities), max_packet: C.uint32_t(r.MaxPacket),
		charset: C.uint32_t(r.Charset), mariadb_capabilities: C.uint32_t(r.MariaDBCapabilities)}
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

// CheckTransport returns the error to send to a client that require_secure_transport refuses.
func (c *Conn) CheckTransport() error {
	c.engine.Lock()
	defer c.engine.Unlock()
	refusal := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	code := C.tlsql_conn_check_transport(c.conn, &refusal)
	return failure(code, func(e *C.tlsql_error) { *e = refusal })
}

// ConnectionState returns what is known now; after Close nothing is.
func (c *Conn) ConnectionState() ConnectionState {
	c.engine.Lock()
	defer c.engine.Unlock()
	s := ConnectionState{
		Outcome:         uint32(C.tlsql_conn_outcome(c.conn)),
		Verified:        uint32(C.tlsql_conn_verified(c.conn)),
		Version:         uint16(C.tlsql_conn_tls_version(c.conn)),
		CipherID:        uint16(C.tlsql_conn_cipher_id(c.conn)),
		Cipher:          C.GoString(C.tlsql_conn_cipher_name(c.conn)),
		SecureTransport: C.tlsql_conn_secure_transport(c.conn) != 0,
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
	var buf [1024]byte // the longest, Ssl_cipher_list, fits; else TLSQL_E_ROOM says so
	var needed C.size_t
	code := C.tlsql_conn_status(c.conn, text(name), size(len(name)),
		(*C.char)(unsafe.Pointer(&buf[0])), size(len(buf)), &needed)
	return C.GoString((*C.char)(unsafe.Pointer(&buf[0]))), c.failure(code)
}

func request(q *C.tlsql_request) Request {
	return Request{uint32(q.capabilities), uint32(q.max_packet), uint32(q.charset),
		uint32(q.mariadb_capabilities)}
}

func copied(p *C.uint8_t, n C.size_t) []byte { return C.GoBytes(unsafe.Pointer(p), C.int(n)) }
