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
	"unsafe"
)

// Role is the side of the connection that a Context serves.
type Role uint32

const (
	RoleClient Role = C.TLSQL_CLIENT
	RoleServer Role = C.TLSQL_SERVER
)

// Settings are options by their MySQL names, and certificates that are already in memory.
type Settings struct {
	Options map[string]string // "ssl-mode", "ssl_ca", "require_secure_transport", ...
	CA, CRL []byte            // PEM or DER
	Cert    []byte            // PEM, leaf first
	Key     []byte            // PEM
}

// Context holds settings in force and may serve any number of connections at once.
type Context struct {
	c *C.tlsql_context
}

// NewContext opens the files that the options name.
func NewContext(role Role, s Settings) (*Context, error) {
	var b *C.tlsql_builder
	if code := C.tlsql_builder_new(C.uint32_t(role), &b); code != C.TLSQL_OK {
		return nil, failure(code, nil)
	}
	defer C.tlsql_builder_free(b)
	fail := func(code C.tlsql_code) error {
		return failure(code, func(e *C.tlsql_error) { C.tlsql_builder_error(b, e) })
	}
	names := make([]string, 0, len(s.Options))
	for name := range s.Options {
		names = append(names, name)
	}
	sort.Strings(names) // of several wrong options, always the same one is reported
	for _, name := range names {
		value := s.Options[name]
		code := C.tlsql_builder_set(b, text(name), size(len(name)), text(value), size(len(value)))
		if code != C.TLSQL_OK {
			return nil, fail(code)
		}
	}
	var code C.tlsql_code
	if len(s.CA) > 0 {
		code = C.tlsql_builder_add_ca(b, octets(s.CA), size(len(s.CA)))
	}
	if code == C.TLSQL_OK && len(s.CRL) > 0 {
		code = C.tlsql_builder_add_crl(b, octets(s.CRL), size(len(s.CRL)))
	}
	if code == C.TLSQL_OK && len(s.Cert)+len(s.Key) > 0 {
		code = C.tlsql_builder_set_identity(b, octets(s.Cert), size(len(s.Cert)),
			octets(s.Key), size(len(s.Key)))
	}
	if code == C.TLSQL_OK {
		code = C.tlsql_builder_load_files(b)
	}
	ctx := new(Context)
	if code == C.TLSQL_OK {
		code = C.tlsql_context_new(b, &ctx.c)
	}
	if code != C.TLSQL_OK {
		return nil, fail(code)
	}
	runtime.SetFinalizer(ctx, func(ctx *Context) { C.tlsql_context_free(ctx.c) })
	return ctx, nil
}

func size(n int) C.size_t { return C.size_t(n) }

// octets is where b begins: Go memory without pointers in it, which C may use during one call.
func octets(b []byte) *C.uint8_t {
	if len(b) == 0 {
		return nil
	}
	return (*C.uint8_t)(unsafe.Pointer(&b[0]))
}

func text(s string) *C.char { return (*C.char)(unsafe.Pointer(octets([]byte(s)))) }
