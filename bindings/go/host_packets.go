package tlsql

// #include <stdlib.h>
// #include "tlsql.h"
import "C"

import "net"

// ClientAfterGreeting makes a client for a program that reads the greeting itself. It reads nothing
// from socket: the program calls GreetingRead or GreetingFacts; then Start, or, if it writes the
// SSLRequest or its login in clear text itself, RequestSent; then Handshake.
func ClientAfterGreeting(socket net.Conn, cfg Config) (*Conn, error) {
	return newConn(socket, cfg, RoleClient)
}

// GreetingRead reports the greeting that the program read: its payload, its sequence number, and all
// that was read behind it, which Read returns if the connection stays in clear text. With TLS such
// bytes are an error. A refusal by ssl-mode is returned here.
func (c *Conn) GreetingRead(payload []byte, sequence uint8, ahead []byte) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.engine.Lock()
	defer c.engine.Unlock()
	err := c.failure(C.tlsql_client_greeting_read(c.conn, octets(payload), size(len(payload)),
		C.uint8_t(sequence), octets(ahead), size(len(ahead))))
	if err == nil {
		c.unread(ahead)
	}
	return err
}

// GreetingFacts is GreetingRead for a program that has not kept the greeting's bytes. Only
// ServerVersion, Capabilities and MariaDBCapabilities count; an empty version means that it is not
// known.
func (c *Conn) GreetingFacts(g Greeting, ahead []byte) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.engine.Lock()
	defer c.engine.Unlock()
	version := C.CBytes([]byte(g.ServerVersion)) // C must not be given a struct with Go's pointers
	defer C.free(version)
	facts := C.tlsql_greeting{struct_size: C.sizeof_tlsql_greeting,
		capabilities: C.uint32_t(g.Capabilities), server_version: (*C.uint8_t)(version),
		server_version_len:   size(len(g.ServerVersion)),
		mariadb_capabilities: C.uint32_t(g.MariaDBCapabilities)}
	err := c.failure(C.tlsql_client_greeting_facts(c.conn, &facts, octets(ahead), size(len(ahead))))
	if err == nil {
		c.unread(ahead)
	}
	return err
}

// RequestSent reports the SSLRequest, or the login in clear text, that the program wrote.
// CLIENT_SSL must be set in it if and only if WillUseTLS is true.
func (c *Conn) RequestSent(r Request) error {
	c.engine.Lock()
	defer c.engine.Unlock()
	q := r.c()
	return c.failure(C.tlsql_client_request_sent(c.conn, &q))
}

// GreetingSent reports the greeting that a server's program wrote itself, instead of Greet.
// CLIENT_SSL may be set in it if WillUseTLS is true.
func (c *Conn) GreetingSent(capabilities uint32) error {
	c.engine.Lock()
	defer c.engine.Unlock()
	return c.failure(C.tlsql_server_greeting_sent(c.conn, C.uint32_t(capabilities)))
}

// RequestRead reports the client's first packet that a server's program read itself: its payload, its
// sequence number, and all that was read behind it. A login in clear text is not returned by Read
// again.
func (c *Conn) RequestRead(payload []byte, sequence uint8, ahead []byte) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.engine.Lock()
	defer c.engine.Unlock()
	err := c.failure(C.tlsql_server_request_read(c.conn, octets(payload), size(len(payload)),
		C.uint8_t(sequence)))
	if err == nil {
		c.unread(ahead)
	}
	return err
}

// unread puts bytes from the peer behind those that are not used yet; reading is held.
func (c *Conn) unread(b []byte) {
	if len(b) > len(c.in)-c.end {
		in := make([]byte, c.end+len(b)+bufferSize)
		copy(in, c.in[:c.end])
		c.in = in
	}
	c.end += copy(c.in[c.end:], b)
}
