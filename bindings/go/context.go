// Package tlsql makes a net.Conn out of a connection that MySQL's TLS upgrade runs on.
//
// It does not speak MySQL: the program writes and reads the packets, this package turns the stream
// under them into TLS, or refuses, as the options say. See tlsql.h for what each call promises.
package tlsql

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #cgo LDFLAGS: -ltlsql
// #include "tlsql.h"
import "C"

import (
	"runtime"
	"sort"
)

// Settings are options by their MySQL names, and certificates that are already in memory.
type Settings struct {
	Options map[string]string // "ssl-mode", "ssl_ca", "require_secure_transport", ...
	CA, CRL []byte            // PEM or DER
	Cert    []byte            // PEM or DER, leaf first
	Key     []byte            // PEM or DER
}

// Context holds settings in force and may serve any number of connections at once.
type Context struct {
	c     *C.tlsql_context
	notes []Note
}

// NewContext opens the files that the options name.
func NewContext(role Role, s Settings) (*Context, error) {
	b, err := NewBuilder(role)
	if err != nil {
		return nil, err
	}
	defer b.free()
	names := make([]string, 0, len(s.Options))
	for name := range s.Options {
		names = append(names, name)
	}
	sort.Strings(names) // of several wrong options, always the same one is reported
	for _, name := range names {
		if err := b.Set(name, s.Options[name]); err != nil {
			return nil, err
		}
	}
	if len(s.CA) > 0 {
		err = b.AddCA(s.CA)
	}
	if err == nil && len(s.CRL) > 0 {
		err = b.AddCRL(s.CRL)
	}
	if err == nil && len(s.Cert)+len(s.Key) > 0 {
		err = b.SetIdentity(s.Cert, s.Key)
	}
	if err == nil {
		err = b.LoadFiles()
	}
	if err != nil {
		return nil, err
	}
	return b.Context()
}

func contextOf(c *C.tlsql_context, notes []Note) *Context {
	ctx := &Context{c, notes}
	runtime.SetFinalizer(ctx, func(ctx *Context) { C.tlsql_context_free(ctx.c) })
	return ctx
}

// Notes returns the notes on the settings that the Context was made of.
func (ctx *Context) Notes() []Note { return ctx.notes }

// Reload puts a Builder's settings in force for new connections; it may be called while others use
// the Context. Call the Builder's LoadFiles before. A failure leaves all as it was, but one whose
// Severity is SeverityWarning: ReloadNoRollback turned TLS off.
func (ctx *Context) Reload(b *Builder, flags Reload) error {
	defer runtime.KeepAlive(ctx)
	defer runtime.KeepAlive(b)
	why := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	if code := C.tlsql_context_reload(ctx.c, b.b, C.uint32_t(flags), &why); code != C.TLSQL_OK {
		return newError(code, &why)
	}
	return nil
}

// SetTicketKeys sets the keys of a server's session tickets, TicketKeySize random bytes each, so that
// servers which have the same ones resume each other's sessions. Tickets of previous, which may be nil,
// are taken too.
func (ctx *Context) SetTicketKeys(current, previous []byte) error {
	defer runtime.KeepAlive(ctx)
	if len(current) != TicketKeySize || (previous != nil && len(previous) != TicketKeySize) {
		return codeError(C.TLSQL_E_ARGUMENT)
	}
	return codeError(C.tlsql_context_set_ticket_keys(ctx.c, octets(current), octets(previous)))
}

// FilesChanged tells whether a file that was read for these settings is another one now.
func (ctx *Context) FilesChanged() bool {
	defer runtime.KeepAlive(ctx)
	return C.tlsql_context_files_changed(ctx.c) != 0
}

// HasTLS tells whether the Context can do TLS: a server needs a certificate for it.
func (ctx *Context) HasTLS() bool {
	defer runtime.KeepAlive(ctx)
	return C.tlsql_context_has_tls(ctx.c) != 0
}

// Get returns an option, as it was set or by default; ssl_mode as it is in force.
func (ctx *Context) Get(name string) (string, error) {
	defer runtime.KeepAlive(ctx)
	value, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_context_get(ctx.c, text(name), size(len(name)), buf, room, needed)
	})
	return value, codeError(code)
}

// Status returns a status variable that is global, such as Ssl_accepts.
func (ctx *Context) Status(name string) (string, error) {
	defer runtime.KeepAlive(ctx)
	value, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_context_status(ctx.c, text(name), size(len(name)), buf, room, needed)
	})
	return value, codeError(code)
}

// Ref returns another Context with the same settings and counters.
func (ctx *Context) Ref() (*Context, error) {
	defer runtime.KeepAlive(ctx)
	var c *C.tlsql_context
	if code := C.tlsql_context_ref(ctx.c, &c); code != C.TLSQL_OK {
		return nil, codeError(code)
	}
	return contextOf(c, ctx.notes), nil
}
