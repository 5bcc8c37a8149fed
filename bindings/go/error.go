package tlsql

// #include "tlsql.h"
import "C"

import (
	"fmt"
	"strings"
	"syscall"
)

// Error is a failure that the engine reported; docs/errors.md lists them.
type Error struct {
	Code            Code
	Name            string // "TLSQL_E_CERT_NAME"
	Message         string
	Fact            string // the part of Message that says what happened, without what to change
	Option          string // the option, or the connection's setting, that it is about; "" none
	Severity        Severity
	MySQLErrno      uint16 // 2026, 3159, ...; 0 when none fits
	SQLState        string
	LogCode         uint32 // MY-nnnnnn of the server's error log; 0 none
	VerifyFlags     Verify // the checks that failed
	X509Error       int32  // OpenSSL's X509_V_ERR_ number of a refused chain; 0 none
	X509Depth       int32  // of whose certificate: 0 leaf, 1 its issuer, ...; -1 none
	Alert           uint8  // the TLS alert, unless AlertFrom is AlertNone
	AlertFrom       AlertFrom
	OSErrno         syscall.Errno // from opening a file; else 0
	Unauthenticated bool          // Message came in clear before TLS: do not trust it
}

func (e *Error) Error() string {
	return fmt.Sprintf("ERROR %d (%s): %s [%s]", e.MySQLErrno, e.SQLState, e.Message, e.Name)
}

// Unwrap returns the operating system's error where a file could not be opened, so that errors.Is
// finds fs.ErrNotExist.
func (e *Error) Unwrap() error {
	if e.OSErrno == 0 {
		return nil
	}
	return e.OSErrno
}

// Packet returns an ERR packet, header included, that reports e to the peer. It has the SQLSTATE if
// capabilities, the client's, have CLIENT_PROTOCOL_41. The error may be the program's own: Message
// and MySQLErrno are enough.
func (e *Error) Packet(sequence uint8, capabilities uint32) ([]byte, error) {
	c := C.tlsql_error{struct_size: C.sizeof_tlsql_error, code: C.tlsql_code(e.Code),
		mysql_errno: C.uint16_t(e.MySQLErrno)}
	terminated(c.sqlstate[:], e.SQLState)
	terminated(c.message[:], e.Message)
	packet, code := sized(func(buf *C.uint8_t, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_error_packet(&c, C.uint8_t(sequence), C.uint32_t(capabilities), buf, room,
			needed)
	})
	return packet, codeError(code)
}

// Info returns what is known of a code alone.
func (c Code) Info() *Error {
	e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	C.tlsql_code_info(C.tlsql_code(c), &e)
	return newError(C.tlsql_code(c), &e)
}

// String returns the code's name in C, such as TLSQL_E_CERT_NAME.
func (c Code) String() string { return C.GoString(C.tlsql_code_name(C.tlsql_code(c))) }

// String returns the phase's name, such as HANDSHAKE.
func (p Phase) String() string { return C.GoString(C.tlsql_phase_name(C.uint32_t(p))) }

// codeError returns code alone as an error, nil for TLSQL_OK.
func codeError(code C.tlsql_code) error {
	if code == C.TLSQL_OK {
		return nil
	}
	return Code(code).Info()
}

// newError makes an Error of code with the details e, or with what is known of the code alone where
// the call gave none.
func newError(code C.tlsql_code, e *C.tlsql_error) *Error {
	if e.code != code {
		C.tlsql_code_info(code, e)
	}
	message := C.GoString(&e.message[0])
	return &Error{
		Code:            Code(code),
		Name:            Code(code).String(),
		Message:         message,
		Fact:            part(message, int(e.fact_off), int(e.fact_len)),
		Option:          C.GoString(&e.option[0]),
		Severity:        Severity(e.severity),
		MySQLErrno:      uint16(e.mysql_errno),
		SQLState:        C.GoString(&e.sqlstate[0]),
		LogCode:         uint32(e.log_code),
		VerifyFlags:     Verify(e.verify_flags),
		X509Error:       int32(e.x509_error),
		X509Depth:       int32(e.x509_depth),
		Alert:           uint8(e.tls_alert),
		AlertFrom:       AlertFrom(e.alert_from),
		OSErrno:         syscall.Errno(e.os_errno),
		Unauthenticated: e.flags&C.TLSQL_ERROR_UNAUTHENTICATED != 0,
	}
}

// part returns s[off:off+n] as far as there is that much.
func part(s string, off, n int) string {
	if off > len(s) {
		return ""
	}
	if n > len(s)-off {
		n = len(s) - off
	}
	return s[off : off+n]
}

// terminated copies s into a C array, cut to leave room for the NUL.
func terminated(array []C.char, s string) {
	if len(s) >= len(array) {
		s = strings.ToValidUTF8(s[:len(array)-1], "")
	}
	for i := 0; i < len(s); i++ {
		array[i] = C.char(s[i])
	}
}
