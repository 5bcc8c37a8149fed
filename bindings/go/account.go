package tlsql

// #include "tlsql.h"
import "C"

import "runtime"

// Account holds what a server requires of a connection before somebody may log in. Once it is set it
// may be used by any goroutines, and once a connection was judged by it it cannot change.
type Account struct {
	a *C.tlsql_account
}

// NewAccount makes an Account that requires nothing yet.
func NewAccount() (*Account, error) {
	a := new(Account)
	if code := C.tlsql_account_new(&a.a); code != C.TLSQL_OK {
		return nil, codeError(code)
	}
	runtime.SetFinalizer(a, func(a *Account) { C.tlsql_account_free(a.a) })
	return a, nil
}

// Set sets one requirement by name: require, cipher, issuer, subject, san, one_line, or clause, the
// REQUIRE clause of CREATE USER alone.
func (a *Account) Set(name, value string) error {
	defer runtime.KeepAlive(a)
	why := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	code := C.tlsql_account_set(a.a, text(name), size(len(name)), text(value), size(len(value)), &why)
	if code != C.TLSQL_OK {
		return newError(code, &why)
	}
	return nil
}

// CheckAccount checks a login, after its password, against what an Account requires. It returns nil
// and nil if the login may go on; else what the peer may know, whose Packet is that of a wrong
// password, and what the server's log should say. For a wrong password call it with a nil Account:
// log is nil then.
func (c *Conn) CheckAccount(a *Account, user, host string, used Password) (refusal, log *Error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	defer runtime.KeepAlive(a)
	var account *C.tlsql_account
	if a != nil {
		account = a.a
	}
	peers := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	own := C.tlsql_error{struct_size: C.sizeof_tlsql_error}
	code := C.tlsql_conn_check_account(c.conn, account, text(user), size(len(user)), text(host),
		size(len(host)), C.uint32_t(used), &peers, &own)
	if code == C.TLSQL_OK {
		return nil, nil
	}
	if a == nil {
		return newError(code, &peers), nil
	}
	return newError(code, &peers), newError(code, &own)
}
