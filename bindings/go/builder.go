package tlsql

// #include "tlsql.h"
import "C"

import (
	"runtime"
	"strings"
	"time"
)

// Builder holds settings that may still change. NewContext makes one of Settings; a program that
// reads options one by one, or looks at the notes, uses it itself, in one goroutine at a time.
type Builder struct {
	b *C.tlsql_builder
}

// Note is a remark on settings that are allowed: an option without effect, a version left out.
type Note struct {
	Severity Severity
	LogCode  uint32 // MY-nnnnnn of the server's error log; 0 none
	Option   string
	Message  string
}

// NewBuilder makes a Builder with the defaults of a role.
func NewBuilder(role Role) (*Builder, error) {
	b := new(Builder)
	if code := C.tlsql_builder_new(C.uint32_t(role), &b.b); code != C.TLSQL_OK {
		return nil, codeError(code)
	}
	runtime.SetFinalizer(b, (*Builder).free)
	return b, nil
}

// Set sets an option by its MySQL name; the files it names are opened by LoadFiles.
func (b *Builder) Set(name, value string) error {
	return b.failure(C.tlsql_builder_set(b.b, text(name), size(len(name)), text(value),
		size(len(value))))
}

// ReadOptions reads the TLS options that an option file such as my.cnf, and what it includes, have in
// these groups: names separated by commas, such as "client,mysql". What Set sets counts before every
// file. Paths in the file are only remembered; LoadFiles opens them.
func (b *Builder) ReadOptions(path, groups string) error {
	return b.failure(C.tlsql_builder_read_options(b.b, text(path), size(len(path)), text(groups),
		size(len(groups))))
}

// Unset takes an option back, so that its default is in force again.
func (b *Builder) Unset(name string) error {
	return b.failure(C.tlsql_builder_unset(b.b, text(name), size(len(name))))
}

// Get returns the value that was set, or the default.
func (b *Builder) Get(name string) (string, error) {
	value, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_builder_get(b.b, text(name), size(len(name)), buf, room, needed)
	})
	return value, b.failure(code)
}

// AddCA adds CA certificates, beside those that ssl_ca names.
func (b *Builder) AddCA(pemOrDER []byte) error {
	return b.failure(C.tlsql_builder_add_ca(b.b, octets(pemOrDER), size(len(pemOrDER))))
}

// AddCRL adds revocation lists, beside those that ssl_crl names.
func (b *Builder) AddCRL(pemOrDER []byte) error {
	return b.failure(C.tlsql_builder_add_crl(b.b, octets(pemOrDER), size(len(pemOrDER))))
}

// SetIdentity sets the certificate chain, leaf first, and its key, instead of ssl_cert and ssl_key.
func (b *Builder) SetIdentity(chain, key []byte) error {
	return b.failure(C.tlsql_builder_set_identity(b.b, octets(chain), size(len(chain)), octets(key),
		size(len(key))))
}

// AddName sets the certificate chain, leaf first, and its key that a server shows to clients whose
// SNI is this name, or one below it where that is *. and a name.
func (b *Builder) AddName(name string, chain, key []byte) error {
	return b.failure(C.tlsql_builder_add_name(b.b, text(name), size(len(name)), octets(chain),
		size(len(chain)), octets(key), size(len(key))))
}

// SetClock sets a fixed time, for tests.
func (b *Builder) SetClock(t time.Time) error {
	return b.failure(C.tlsql_builder_set_clock(b.b, C.uint64_t(t.Unix())))
}

// LoadFiles opens the files that the options name, in place of what an earlier call loaded. It loads
// all of them or none.
func (b *Builder) LoadFiles() error { return b.failure(C.tlsql_builder_load_files(b.b)) }

// Generate writes CA, certificates and keys into datadir where there are none, as MySQL does. The
// server's version stands in the common names; names are its host names and addresses.
func (b *Builder) Generate(version string, names ...string) error {
	list := strings.Join(names, ",")
	return b.failure(C.tlsql_builder_generate(b.b, text(version), size(len(version)), text(list),
		size(len(list))))
}

// Notes returns the notes on the present settings.
func (b *Builder) Notes() []Note {
	var notes []Note
	for i := C.size_t(0); i < C.tlsql_builder_note_count(b.b); i++ {
		e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
		if C.tlsql_builder_note(b.b, i, &e) == C.TLSQL_OK {
			notes = append(notes, Note{Severity(e.severity), uint32(e.log_code),
				C.GoString(&e.option[0]), C.GoString(&e.message[0])})
		}
	}
	runtime.KeepAlive(b)
	return notes
}

// Err returns the last failure of a call on b, Get and Context included, or nil. Wrong calls are not
// remembered, and a later success does not clear it.
func (b *Builder) Err() error {
	e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	code := C.tlsql_builder_error(b.b, &e)
	runtime.KeepAlive(b)
	if code != C.TLSQL_OK {
		return codeError(code)
	}
	if e.code == C.TLSQL_OK {
		return nil
	}
	return newError(e.code, &e)
}

// Context makes a Context of the present settings; b may change afterwards.
func (b *Builder) Context() (*Context, error) {
	notes := b.Notes()
	var c *C.tlsql_context
	if err := b.failure(C.tlsql_context_new(b.b, &c)); err != nil {
		return nil, err
	}
	return contextOf(c, notes), nil
}

// failure returns the result of a call on b as an error.
func (b *Builder) failure(code C.tlsql_code) error {
	defer runtime.KeepAlive(b)
	if code == C.TLSQL_OK {
		return nil
	}
	e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	C.tlsql_builder_explain(b.b, code, &e)
	return newError(code, &e)
}

func (b *Builder) free() {
	C.tlsql_builder_free(b.b)
	b.b = nil
}
