package tlsql

// #include "tlsql.h"
import "C"

import "runtime"

// Session is a TLS session of a client, taken out of a connection, for Config.Session; any goroutines
// may use it.
type Session struct {
	s *C.tlsql_session
}

// Session takes a session of this client connection's server out of those that its Context keeps. In
// TLS 1.3 there is none before something was read from the server.
func (c *Conn) Session() (*Session, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	s := new(Session)
	if err := c.failure(C.tlsql_conn_session(c.conn, &s.s)); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(s, func(s *Session) { C.tlsql_session_free(s.s) })
	return s, nil
}

// offer makes a client connection that has not begun offer this session.
func (c *Conn) offer(s *Session) error {
	defer runtime.KeepAlive(s)
	return c.failure(C.tlsql_conn_set_session(c.conn, s.s))
}
