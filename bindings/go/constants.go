package tlsql

// #include "tlsql.h"
import "C"

// The constants of tlsql.h, which explains each of them. A test compares both.

// Role is the side of the connection that a Context serves.
type Role uint32

const (
	RoleClient Role = C.TLSQL_CLIENT
	RoleServer Role = C.TLSQL_SERVER
)

// Code is the number of a failure; docs/errors.md explains each.
type Code int32

const (
	CodeOK                Code = C.TLSQL_OK
	CodeNull              Code = C.TLSQL_E_NULL
	CodeArgument          Code = C.TLSQL_E_ARGUMENT
	CodeState             Code = C.TLSQL_E_STATE
	CodeOverlap           Code = C.TLSQL_E_OVERLAP
	CodeRoom              Code = C.TLSQL_E_ROOM
	CodeStructSize        Code = C.TLSQL_E_STRUCT_SIZE
	CodeBusy              Code = C.TLSQL_E_BUSY
	CodePanic             Code = C.TLSQL_E_PANIC
	CodeSessionPolicy     Code = C.TLSQL_E_SESSION_POLICY
	CodeNoHello           Code = C.TLSQL_E_NO_HELLO
	CodeContextChosen     Code = C.TLSQL_E_CONTEXT_CHOSEN
	CodeContextNoTLS      Code = C.TLSQL_E_CONTEXT_NO_TLS
	CodeOptionName        Code = C.TLSQL_E_OPTION_NAME
	CodeOptionValue       Code = C.TLSQL_E_OPTION_VALUE
	CodeFile              Code = C.TLSQL_E_FILE
	CodePEM               Code = C.TLSQL_E_PEM
	CodeNoCert            Code = C.TLSQL_E_NO_CERT
	CodeNoKey             Code = C.TLSQL_E_NO_KEY
	CodeKeyMismatch       Code = C.TLSQL_E_KEY_MISMATCH
	CodeKeyForm           Code = C.TLSQL_E_KEY_FORM
	CodeNoCA              Code = C.TLSQL_E_NO_CA
	CodeCRL               Code = C.TLSQL_E_CRL
	CodeNoCipher          Code = C.TLSQL_E_NO_CIPHER
	CodeNoVersion         Code = C.TLSQL_E_NO_VERSION
	CodeNotLoaded         Code = C.TLSQL_E_NOT_LOADED
	CodeNoName            Code = C.TLSQL_E_NO_NAME
	CodeTrustedCert       Code = C.TLSQL_E_TRUSTED_CERT
	CodeKeyEncrypted      Code = C.TLSQL_E_KEY_ENCRYPTED
	CodeOptionFile        Code = C.TLSQL_E_OPTION_FILE
	CodeOptionSyntax      Code = C.TLSQL_E_OPTION_SYNTAX
	CodeOptionInclude     Code = C.TLSQL_E_OPTION_INCLUDE
	CodeFileWrite         Code = C.TLSQL_E_FILE_WRITE
	CodeOwnCert           Code = C.TLSQL_E_OWN_CERT
	CodeGreeting          Code = C.TLSQL_E_GREETING
	CodeOldProtocol       Code = C.TLSQL_E_OLD_PROTOCOL
	CodeServerError       Code = C.TLSQL_E_SERVER_ERROR
	CodeNoTLSOffered      Code = C.TLSQL_E_NO_TLS_OFFERED
	CodeSecureTransport   Code = C.TLSQL_E_SECURE_TRANSPORT
	CodeSSLRequest        Code = C.TLSQL_E_SSL_REQUEST
	CodeSequence          Code = C.TLSQL_E_SEQUENCE
	CodePacketSize        Code = C.TLSQL_E_PACKET_SIZE
	CodeEOF               Code = C.TLSQL_E_EOF
	CodeEarlyBytes        Code = C.TLSQL_E_EARLY_BYTES
	CodeNotMySQL          Code = C.TLSQL_E_NOT_MYSQL
	CodeTimeout           Code = C.TLSQL_E_TIMEOUT
	CodeAlert             Code = C.TLSQL_E_ALERT
	CodeDecrypt           Code = C.TLSQL_E_DECRYPT
	CodeRecord            Code = C.TLSQL_E_RECORD
	CodeMisbehaved        Code = C.TLSQL_E_MISBEHAVED
	CodeIncompatible      Code = C.TLSQL_E_INCOMPATIBLE
	CodeVersion           Code = C.TLSQL_E_VERSION
	CodeCipher            Code = C.TLSQL_E_CIPHER
	CodeDHGroup           Code = C.TLSQL_E_DH_GROUP
	CodeTruncated         Code = C.TLSQL_E_TRUNCATED
	CodeKeysUsedUp        Code = C.TLSQL_E_KEYS_USED_UP
	CodeHandshakeSize     Code = C.TLSQL_E_HANDSHAKE_SIZE
	CodeTLS               Code = C.TLSQL_E_TLS
	CodeDHSmall           Code = C.TLSQL_E_DH_SMALL
	CodeCBCOnly           Code = C.TLSQL_E_CBC_ONLY
	CodeRSAKeyExchange    Code = C.TLSQL_E_RSA_KEY_EXCHANGE
	CodeOldTLS            Code = C.TLSQL_E_OLD_TLS
	CodeClientCertRefused Code = C.TLSQL_E_CLIENT_CERT_REFUSED
	CodeClientCertMissing Code = C.TLSQL_E_CLIENT_CERT_MISSING
	CodeCertUnknownCA     Code = C.TLSQL_E_CERT_UNKNOWN_CA
	CodeCertExpired       Code = C.TLSQL_E_CERT_EXPIRED
	CodeCertNotYet        Code = C.TLSQL_E_CERT_NOT_YET
	CodeCertRevoked       Code = C.TLSQL_E_CERT_REVOKED
	CodeCertName          Code = C.TLSQL_E_CERT_NAME
	CodeCertSignature     Code = C.TLSQL_E_CERT_SIGNATURE
	CodeCertForm          Code = C.TLSQL_E_CERT_FORM
	CodeCertPurpose       Code = C.TLSQL_E_CERT_PURPOSE
	CodeCRLState          Code = C.TLSQL_E_CRL_STATE
	CodeCertMissing       Code = C.TLSQL_E_CERT_MISSING
	CodeCertPin           Code = C.TLSQL_E_CERT_PIN
	CodeCertWeak          Code = C.TLSQL_E_CERT_WEAK
	CodeCertSelfSigned    Code = C.TLSQL_E_CERT_SELF_SIGNED
	CodeCertCA            Code = C.TLSQL_E_CERT_CA
	CodeCertConstraint    Code = C.TLSQL_E_CERT_CONSTRAINT
	CodeCRLExpired        Code = C.TLSQL_E_CRL_EXPIRED
	CodeCRLUnusable       Code = C.TLSQL_E_CRL_UNUSABLE
	CodePeerProof         Code = C.TLSQL_E_PEER_PROOF
	CodeCertOther         Code = C.TLSQL_E_CERT_OTHER
	CodeAccountSSL        Code = C.TLSQL_E_ACCOUNT_SSL
	CodeAccountX509       Code = C.TLSQL_E_ACCOUNT_X509
	CodeAccountCipher     Code = C.TLSQL_E_ACCOUNT_CIPHER
	CodeAccountIssuer     Code = C.TLSQL_E_ACCOUNT_ISSUER
	CodeAccountSubject    Code = C.TLSQL_E_ACCOUNT_SUBJECT
	CodeAccountSAN        Code = C.TLSQL_E_ACCOUNT_SAN
)

// Reload says what Context.Reload does with what it would refuse.
type Reload uint32

const (
	ReloadOptions    Reload = C.TLSQL_RELOAD_OPTIONS
	ReloadNoRollback Reload = C.TLSQL_RELOAD_NO_ROLLBACK
)

// TicketKeySize is the length of a key of session tickets.
const TicketKeySize = C.TLSQL_TICKET_KEY_SIZE

// Severity is how serious an Error or a Note is.
type Severity uint32

const (
	SeverityNote    Severity = C.TLSQL_SEVERITY_NOTE
	SeverityWarning Severity = C.TLSQL_SEVERITY_WARNING
	SeverityError   Severity = C.TLSQL_SEVERITY_ERROR
)

// AlertFrom is the side that sent an alert.
type AlertFrom uint8

const (
	AlertNone     AlertFrom = C.TLSQL_ALERT_NONE
	AlertSent     AlertFrom = C.TLSQL_ALERT_SENT
	AlertReceived AlertFrom = C.TLSQL_ALERT_RECEIVED
)

// Verify is a set of checks of the peer: those that hold in a ConnectionState, those that failed in
// an Error.
type Verify uint32

const (
	VerifyTrust      Verify = C.TLSQL_VERIFY_TRUST
	VerifyName       Verify = C.TLSQL_VERIFY_NAME
	VerifyTime       Verify = C.TLSQL_VERIFY_TIME
	VerifyRevocation Verify = C.TLSQL_VERIFY_REVOCATION
	VerifyPurpose    Verify = C.TLSQL_VERIFY_PURPOSE
	VerifyForm       Verify = C.TLSQL_VERIFY_FORM
	VerifyPin        Verify = C.TLSQL_VERIFY_PIN
	VerifyProof      Verify = C.TLSQL_VERIFY_PROOF
)

// Phase is how far a connection is.
type Phase uint32

const (
	PhaseGreeting  Phase = C.TLSQL_PHASE_GREETING
	PhaseNegotiate Phase = C.TLSQL_PHASE_NEGOTIATE
	PhaseHandshake Phase = C.TLSQL_PHASE_HANDSHAKE
	PhaseTLS       Phase = C.TLSQL_PHASE_TLS
	PhasePlain     Phase = C.TLSQL_PHASE_PLAIN
	PhaseClosed    Phase = C.TLSQL_PHASE_CLOSED
	PhaseFailed    Phase = C.TLSQL_PHASE_FAILED
)

// Want is a set of what the engine waits for. Conn supplies all but WantStart: Start or Greet.
type Want uint32

const (
	WantWireIn  Want = C.TLSQL_WANT_WIRE_IN
	WantWireOut Want = C.TLSQL_WANT_WIRE_OUT
	WantAppIn   Want = C.TLSQL_WANT_APP_IN
	WantAppOut  Want = C.TLSQL_WANT_APP_OUT
	WantStart   Want = C.TLSQL_WANT_START
)

// Event is a set of what happened on a connection.
type Event uint32

const (
	EventGreeting   Event = C.TLSQL_EVENT_GREETING
	EventSSLRequest Event = C.TLSQL_EVENT_SSL_REQUEST
	EventSecured    Event = C.TLSQL_EVENT_SECURED
	EventPlain      Event = C.TLSQL_EVENT_PLAIN
	EventPeerClosed Event = C.TLSQL_EVENT_PEER_CLOSED
	EventHello      Event = C.TLSQL_EVENT_HELLO
)

// Outcome is the decision on TLS or clear text, and its reason.
type Outcome uint32

const (
	OutcomeNone          Outcome = C.TLSQL_OUTCOME_NONE
	OutcomeTLS           Outcome = C.TLSQL_OUTCOME_TLS
	OutcomePlainDisabled Outcome = C.TLSQL_OUTCOME_PLAIN_DISABLED
	OutcomePlainNoTLS    Outcome = C.TLSQL_OUTCOME_PLAIN_NO_TLS
	OutcomePlainLocal    Outcome = C.TLSQL_OUTCOME_PLAIN_LOCAL
)

// NameForm is a way to write a certificate name in one line.
type NameForm uint32

const (
	NameOpenSSL3 NameForm = C.TLSQL_NAME_OPENSSL3
	NameOpenSSL1 NameForm = C.TLSQL_NAME_OPENSSL1
)

// Password tells what a refused login says of a password.
type Password uint32

const (
	PasswordNo           Password = C.TLSQL_PASSWORD_NO
	PasswordYes          Password = C.TLSQL_PASSWORD_YES
	PasswordNotMentioned Password = C.TLSQL_PASSWORD_NOT_MENTIONED
)

// The version of the header that this package was compiled with. Version and ABIVersion are those of
// the library.
const (
	HeaderVersion    = C.TLSQL_VERSION_NUMBER // major << 16 | minor << 8 | patch
	HeaderABIVersion = C.TLSQL_ABI_VERSION
)
