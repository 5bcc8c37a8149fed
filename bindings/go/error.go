package tlsql

// #include "tlsql.h"
import "C"

import "fmt"

// Error is a failure that the engine reported; docs/errors.md lists them.
type Error struct {
	Code            int32  // a TLSQL_E_ number
	Name            string // "TLSQL_E_CERT_NAME"
	Message         string
	MySQLErrno      uint16 // 2026, 3159, ...; 0 when none fits
	SQLState        string
	VerifyFlags     uint32 // the TLSQL_VERIFY_ bits that failed
	Alert           uint8  // the TLS alert, where AlertFrom is not 0
	AlertFrom       uint8  // 1 this side sent it, 2 the peer did
	Unauthenticated bool   // Message came in clear before TLS: do not trust it
}

func (e *Error) Error() string {
	return fmt.Sprintf("ERROR %d (%s): %s [%s]", e.MySQLErrno, e.SQLState, e.Message, e.Name)
}

// failure is code as an error. The details are those that ask fills in, if they are about this
// failure: a wrong call is not remembered by the object it was made on.
func failure(code C.tlsql_code, ask func(*C.tlsql_error)) error {
	if code == C.TLSQL_OK {
		return nil
	}
	e := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	if ask != nil {
		ask(&e)
	}
	if e.code != code {
		C.tlsql_code_info(code, &e)
	}
	return &Error{
		Code:            int32(code),
		Name:            C.GoString(C.tlsql_code_name(code)),
		Message:         C.GoString(&e.message[0]),
		MySQLErrno:      uint16(e.mysql_errno),
		SQLState:        C.GoString(&e.sqlstate[0]),
		VerifyFlags:     uint32(e.verify_flags),
		Alert:           uint8(e.tls_alert),
		AlertFrom:       uint8(e.alert_from),
		Unauthenticated: e.flags&C.TLSQL_ERROR_UNAUTHENTICATED != 0,
	}
}
