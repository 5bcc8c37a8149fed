/* Sizes and offsets of every struct as callers compiled them: ABI, for LP64. */
#include <limits.h>
#include "check.h"

#define SIZE(type, size)           CHECK_EQ(sizeof(type), size)
#define FIELD(type, field, offset) CHECK_EQ(offsetof(type, field), offset)

static void error_struct(void)
{
  SIZE(tlsql_error, 632);
  FIELD(tlsql_error, struct_size, 0);
  FIELD(tlsql_error, code, 4);
  FIELD(tlsql_error, flags, 8);
  FIELD(tlsql_error, severity, 12);
  FIELD(tlsql_error, log_code, 16);
  FIELD(tlsql_error, verify_flags, 20);
  FIELD(tlsql_error, x509_error, 24);
  FIELD(tlsql_error, x509_depth, 28);
  FIELD(tlsql_error, os_errno, 32);
  FIELD(tlsql_error, mysql_errno, 36);
  FIELD(tlsql_error, tls_alert, 38);
  FIELD(tlsql_error, alert_from, 39);
  FIELD(tlsql_error, sqlstate, 40);
  FIELD(tlsql_error, message, 48);
  FIELD(tlsql_error, option, 560);
  FIELD(tlsql_error, fact_off, 624);
  FIELD(tlsql_error, fact_len, 628);
  CHECK_EQ(TLSQL_MESSAGE_SIZE, 512);
  CHECK_EQ(TLSQL_OPTION_SIZE, 64);
}

static void step_struct(void)
{
  SIZE(tlsql_step, 96);
  FIELD(tlsql_step, struct_size, 0);
  FIELD(tlsql_step, flags, 4);
  FIELD(tlsql_step, want, 8);
  FIELD(tlsql_step, phase, 12);
  FIELD(tlsql_step, events, 16);
  FIELD(tlsql_step, wire_in_used, 24);
  FIELD(tlsql_step, wire_out_made, 32);
  FIELD(tlsql_step, app_in_used, 40);
  FIELD(tlsql_step, app_out_made, 48);
  FIELD(tlsql_step, view_off, 56);
  FIELD(tlsql_step, view_len, 64);
  FIELD(tlsql_step, need_wire_in, 72);
  FIELD(tlsql_step, need_wire_out, 80);
  FIELD(tlsql_step, need_app_out, 88);
}

static void packet_structs(void)
{
  SIZE(tlsql_greeting, 96);
  FIELD(tlsql_greeting, struct_size, 0);
  FIELD(tlsql_greeting, protocol, 4);
  FIELD(tlsql_greeting, connection_id, 8);
  FIELD(tlsql_greeting, capabilities, 12);
  FIELD(tlsql_greeting, mariadb_capabilities, 16);
  FIELD(tlsql_greeting, status, 20);
  FIELD(tlsql_greeting, charset, 24);
  FIELD(tlsql_greeting, server_version, 32);
  FIELD(tlsql_greeting, server_version_len, 40);
  FIELD(tlsql_greeting, auth_plugin, 48);
  FIELD(tlsql_greeting, auth_plugin_len, 56);
  FIELD(tlsql_greeting, auth_data, 64);
  FIELD(tlsql_greeting, auth_data_len, 72);
  FIELD(tlsql_greeting, payload, 80);
  FIELD(tlsql_greeting, payload_len, 88);

  SIZE(tlsql_request, 20);
  FIELD(tlsql_request, struct_size, 0);
  FIELD(tlsql_request, capabilities, 4);
  FIELD(tlsql_request, max_packet, 8);
  FIELD(tlsql_request, charset, 12);
  FIELD(tlsql_request, mariadb_capabilities, 16);
}

/* Values that programs have compiled in. */
static void constants(void)
{
  CHECK_EQ(sizeof(tlsql_code), 4);
  CHECK((tlsql_code)-1 < 0);
  CHECK_EQ(TLSQL_CLIENT, 1);
  CHECK_EQ(TLSQL_SERVER, 2);
  CHECK_EQ(TLSQL_WIRE_IN_SIZE, 18437);
  CHECK_EQ(TLSQL_WIRE_OUT_SIZE, 16704);
  CHECK_EQ(TLSQL_APP_OUT_SIZE, 16384);
  CHECK_EQ(TLSQL_HEADROOM_MAX, 16);
  CHECK_EQ(TLSQL_TAILROOM_MAX, 32);
  CHECK_EQ(TLSQL_TICKET_KEY_SIZE, 48);
  CHECK(TLSQL_ANY_ROOM == SIZE_MAX);
  CHECK_EQ(TLSQL_WANT_WIRE_IN, 1);
  CHECK_EQ(TLSQL_WANT_WIRE_OUT, 2);
  CHECK_EQ(TLSQL_WANT_APP_IN, 4);
  CHECK_EQ(TLSQL_WANT_APP_OUT, 8);
  CHECK_EQ(TLSQL_WANT_START, 16);
  CHECK_EQ(TLSQL_PHASE_GREETING, 1);
  CHECK_EQ(TLSQL_PHASE_NEGOTIATE, 2);
  CHECK_EQ(TLSQL_PHASE_HANDSHAKE, 3);
  CHECK_EQ(TLSQL_PHASE_TLS, 4);
  CHECK_EQ(TLSQL_PHASE_PLAIN, 5);
  CHECK_EQ(TLSQL_PHASE_CLOSED, 6);
  CHECK_EQ(TLSQL_PHASE_FAILED, 7);
  CHECK_EQ(TLSQL_EVENT_GREETING, 1);
  CHECK_EQ(TLSQL_EVENT_SSL_REQUEST, 2);
  CHECK_EQ(TLSQL_EVENT_SECURED, 4);
  CHECK_EQ(TLSQL_EVENT_PLAIN, 8);
  CHECK_EQ(TLSQL_EVENT_PEER_CLOSED, 16);
  CHECK_EQ(TLSQL_EVENT_HELLO, 32);
  CHECK_EQ(TLSQL_ERROR_UNAUTHENTICATED, 1);
  CHECK_EQ(TLSQL_SEVERITY_NOTE, 1);
  CHECK_EQ(TLSQL_SEVERITY_WARNING, 2);
  CHECK_EQ(TLSQL_SEVERITY_ERROR, 3);
  CHECK_EQ(TLSQL_ALERT_NONE, 0);
  CHECK_EQ(TLSQL_ALERT_SENT, 1);
  CHECK_EQ(TLSQL_ALERT_RECEIVED, 2);
  CHECK_EQ(TLSQL_VERIFY_TRUST, 1);
  CHECK_EQ(TLSQL_VERIFY_NAME, 2);
  CHECK_EQ(TLSQL_VERIFY_TIME, 4);
  CHECK_EQ(TLSQL_VERIFY_REVOCATION, 8);
  CHECK_EQ(TLSQL_VERIFY_PURPOSE, 16);
  CHECK_EQ(TLSQL_VERIFY_FORM, 32);
  CHECK_EQ(TLSQL_VERIFY_PIN, 64);
  CHECK_EQ(TLSQL_VERIFY_PROOF, 128);
  CHECK_EQ(TLSQL_NAME_OPENSSL3, 3);
  CHECK_EQ(TLSQL_NAME_OPENSSL1, 1);
  CHECK_EQ(TLSQL_OUTCOME_NONE, 0);
  CHECK_EQ(TLSQL_OUTCOME_TLS, 1);
  CHECK_EQ(TLSQL_OUTCOME_PLAIN_DISABLED, 2);
  CHECK_EQ(TLSQL_OUTCOME_PLAIN_NO_TLS, 3);
  CHECK_EQ(TLSQL_OUTCOME_PLAIN_LOCAL, 4);
}

/* Name and number of each code, in the header and in the library. */
static void codes(void)
{
#define CODE(name, number) \
  CHECK_EQ(name, number); CHECK_TEXT(tlsql_code_name(number), #name)
  CODE(TLSQL_OK, 0);
  CODE(TLSQL_E_NULL, -1); CODE(TLSQL_E_ARGUMENT, -2); CODE(TLSQL_E_STATE, -3);
  CODE(TLSQL_E_OVERLAP, -4); CODE(TLSQL_E_ROOM, -5); CODE(TLSQL_E_STRUCT_SIZE, -6);
  CODE(TLSQL_E_BUSY, -7); CODE(TLSQL_E_PANIC, -8);
  CODE(TLSQL_E_SESSION_POLICY, -9);
  CODE(TLSQL_E_NO_HELLO, -10);
  CODE(TLSQL_E_CONTEXT_CHOSEN, -11);
  CODE(TLSQL_E_CONTEXT_NO_TLS, -12);
  CODE(TLSQL_E_OPTION_NAME, -20); CODE(TLSQL_E_OPTION_VALUE, -21); CODE(TLSQL_E_FILE, -22);
  CODE(TLSQL_E_PEM, -23); CODE(TLSQL_E_NO_CERT, -24); CODE(TLSQL_E_NO_KEY, -25);
  CODE(TLSQL_E_KEY_MISMATCH, -26); CODE(TLSQL_E_KEY_FORM, -27); CODE(TLSQL_E_NO_CA, -28);
  CODE(TLSQL_E_CRL, -29); CODE(TLSQL_E_NO_CIPHER, -30); CODE(TLSQL_E_NO_VERSION, -31);
  CODE(TLSQL_E_NOT_LOADED, -32); CODE(TLSQL_E_NO_NAME, -33);
  CODE(TLSQL_E_TRUSTED_CERT, -34); CODE(TLSQL_E_KEY_ENCRYPTED, -35);
  CODE(TLSQL_E_OPTION_FILE, -36); CODE(TLSQL_E_OPTION_SYNTAX, -37);
  CODE(TLSQL_E_OPTION_INCLUDE, -38);
  CODE(TLSQL_E_FILE_WRITE, -39); CODE(TLSQL_E_OWN_CERT, -40);
  CODE(TLSQL_E_GREETING, -50); CODE(TLSQL_E_OLD_PROTOCOL, -51); CODE(TLSQL_E_SERVER_ERROR, -52);
  CODE(TLSQL_E_NO_TLS_OFFERED, -53); CODE(TLSQL_E_SECURE_TRANSPORT, -54);
  CODE(TLSQL_E_SSL_REQUEST, -55); CODE(TLSQL_E_SEQUENCE, -56); CODE(TLSQL_E_PACKET_SIZE, -57);
  CODE(TLSQL_E_EOF, -58); CODE(TLSQL_E_EARLY_BYTES, -59);
  CODE(TLSQL_E_NOT_MYSQL, -60); CODE(TLSQL_E_TIMEOUT, -61);
  CODE(TLSQL_E_ALERT, -80); CODE(TLSQL_E_DECRYPT, -81); CODE(TLSQL_E_RECORD, -82);
  CODE(TLSQL_E_MISBEHAVED, -83); CODE(TLSQL_E_INCOMPATIBLE, -84); CODE(TLSQL_E_VERSION, -85);
  CODE(TLSQL_E_CIPHER, -86); CODE(TLSQL_E_DH_GROUP, -87); CODE(TLSQL_E_TRUNCATED, -88);
  CODE(TLSQL_E_KEYS_USED_UP, -89); CODE(TLSQL_E_HANDSHAKE_SIZE, -90); CODE(TLSQL_E_TLS, -91);
  CODE(TLSQL_E_DH_SMALL, -92); CODE(TLSQL_E_CBC_ONLY, -93); CODE(TLSQL_E_RSA_KEY_EXCHANGE, -94);
  CODE(TLSQL_E_OLD_TLS, -95); CODE(TLSQL_E_CLIENT_CERT_REFUSED, -96);
  CODE(TLSQL_E_CLIENT_CERT_MISSING, -97);
  CODE(TLSQL_E_CERT_UNKNOWN_CA, -120); CODE(TLSQL_E_CERT_EXPIRED, -121);
  CODE(TLSQL_E_CERT_NOT_YET, -122); CODE(TLSQL_E_CERT_REVOKED, -123);
  CODE(TLSQL_E_CERT_NAME, -124); CODE(TLSQL_E_CERT_SIGNATURE, -125);
  CODE(TLSQL_E_CERT_FORM, -126); CODE(TLSQL_E_CERT_PURPOSE, -127); CODE(TLSQL_E_CRL_STATE, -128);
  CODE(TLSQL_E_CERT_MISSING, -129); CODE(TLSQL_E_CERT_PIN, -130); CODE(TLSQL_E_CERT_WEAK, -131);
  CODE(TLSQL_E_CERT_SELF_SIGNED, -132); CODE(TLSQL_E_CERT_CA, -133);
  CODE(TLSQL_E_CERT_CONSTRAINT, -134); CODE(TLSQL_E_CRL_EXPIRED, -135);
  CODE(TLSQL_E_CRL_UNUSABLE, -136); CODE(TLSQL_E_PEER_PROOF, -137);
  CODE(TLSQL_E_CERT_OTHER, -139);
  CODE(TLSQL_E_ACCOUNT_SSL, -150); CODE(TLSQL_E_ACCOUNT_X509, -151);
  CODE(TLSQL_E_ACCOUNT_CIPHER, -152); CODE(TLSQL_E_ACCOUNT_ISSUER, -153);
  CODE(TLSQL_E_ACCOUNT_SUBJECT, -154); CODE(TLSQL_E_ACCOUNT_SAN, -155);
}

/* The header and the library it is linked with say the same. */
static void versions(void)
{
  char text[32];
  snprintf(text, sizeof text, "tlsql/%d.%d.%d ", TLSQL_VERSION_MAJOR, TLSQL_VERSION_MINOR,
           TLSQL_VERSION_PATCH);
  CHECK(strncmp(tlsql_version_string(), text, strlen(text)) == 0);
  CHECK_HOLDS(tlsql_version_string(), " rustls/");
  CHECK_HOLDS(tlsql_version_string(), " ring/");
  CHECK_EQ(tlsql_version_number(), TLSQL_VERSION_NUMBER);
  CHECK_EQ(TLSQL_VERSION_NUMBER,
           TLSQL_VERSION_MAJOR << 16 | TLSQL_VERSION_MINOR << 8 | TLSQL_VERSION_PATCH);
  CHECK_EQ(tlsql_abi_version(), TLSQL_ABI_VERSION);
  CHECK_EQ(TLSQL_ABI_VERSION, 0);
}

int main(void)
{
  if (sizeof(void *) == 8 && LONG_MAX == 0x7fffffffffffffff) {
    error_struct();
    step_struct();
    packet_structs();
  } else {
    printf("skipped layout structs: not LP64\n");
  }
  constants();
  codes();
  versions();
  return check_report("layout");
}
