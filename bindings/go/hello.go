package tlsql

// #include "tlsql.h"
import "C"

import "runtime"

// choose lets the program of a server choose a Context by the name in the ClientHello; reading is
// held. After an error nothing goes on.
func (c *Conn) choose() error {
	if c.contextFor == nil {
		return nil
	}
	err := c.goOnUnder()
	if err != nil {
		c.engine.Lock()
		defer c.engine.Unlock()
		C.tlsql_conn_close(c.conn)
		c.ended = true
	}
	return err
}

func (c *Conn) goOnUnder() error {
	name, err := c.helloName()
	if err != nil {
		return err
	}
	ctx, err := c.contextFor(name)
	if err != nil || ctx == nil {
		return err
	}
	return c.useContext(ctx)
}

// helloName returns the SNI of the client; "" where there is none that is a DNS name.
func (c *Conn) helloName() (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	name, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_hello_name(c.conn, buf, room, needed)
	})
	return name, c.failure(code)
}

func (c *Conn) useContext(ctx *Context) error {
	c.engine.Lock()
	defer c.engine.Unlock()
	defer runtime.KeepAlive(ctx)
	return c.failure(C.tlsql_conn_use_context(c.conn, ctx.c))
}
