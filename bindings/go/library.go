package tlsql

// #include "tlsql.h"
import "C"

// Version returns the versions of the library and its parts: "tlsql/0.1.0 rustls/... ring/...".
func Version() string { return C.GoString(C.tlsql_version_string()) }

// VersionNumber returns the library's version as major << 16 | minor << 8 | patch.
func VersionNumber() uint32 { return uint32(C.tlsql_version_number()) }

// ABIVersion returns the number in the library's SONAME.
func ABIVersion() uint32 { return uint32(C.tlsql_abi_version()) }

// StatusVariables returns the names of the status variables, in order.
func StatusVariables() []string {
	var names []string
	for {
		name := C.tlsql_status_variable(size(len(names)))
		if name == nil {
			return names
		}
		names = append(names, C.GoString(name))
	}
}
