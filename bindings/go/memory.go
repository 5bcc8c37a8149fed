package tlsql

// #include "tlsql.h"
import "C"

import "unsafe"

func size(n int) C.size_t { return C.size_t(n) }

// octets returns where b begins: Go memory without pointers in it, which C may use during one call.
func octets(b []byte) *C.uint8_t {
	if len(b) == 0 {
		return nil
	}
	return (*C.uint8_t)(unsafe.Pointer(&b[0]))
}

func text(s string) *C.char { return chars(octets([]byte(s))) }

func chars(p *C.uint8_t) *C.char { return (*C.char)(unsafe.Pointer(p)) }

func copied(p *C.uint8_t, n C.size_t) []byte { return C.GoBytes(unsafe.Pointer(p), C.int(n)) }

// sized calls a function that writes a result of unknown size, again with more room if it asks.
func sized(
	get func(buf *C.uint8_t, room C.size_t, needed *C.size_t) C.tlsql_code,
) ([]byte, C.tlsql_code) {
	buf := make([]byte, 256)
	for {
		var needed C.size_t
		code := get(octets(buf), size(len(buf)), &needed)
		switch {
		case code == C.TLSQL_OK:
			return buf[:needed], code
		case code != C.TLSQL_E_ROOM || needed <= size(len(buf)):
			return nil, code
		}
		buf = make([]byte, needed)
	}
}

// sizedText is sized for a text, whose NUL is left out.
func sizedText(
	get func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code,
) (string, C.tlsql_code) {
	b, code := sized(func(buf *C.uint8_t, room C.size_t, needed *C.size_t) C.tlsql_code {
		return get(chars(buf), room, needed)
	})
	if len(b) == 0 {
		return "", code
	}
	return string(b[:len(b)-1]), code
}
