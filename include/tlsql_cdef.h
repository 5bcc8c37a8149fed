/* tlsql.h without a preprocessor; TLSQL_ANY_ROOM is the largest size_t. */

#define TLSQL_VERSION_MAJOR 0
#define TLSQL_VERSION_MINOR 1
#define TLSQL_VERSION_PATCH 0
/** major << 16 | minor << 8 | patch */
#define TLSQL_VERSION_NUMBER 256
/** Compare with tlsql_abi_version(). */
#define TLSQL_ABI_VERSION 0

#define TLSQL_OK 0
#define TLSQL_E_NULL -1
#define TLSQL_E_ARGUMENT -2
#define TLSQL_E_STATE -3
#define TLSQL_E_OVERLAP -4
#define TLSQL_E_ROOM -5
#define TLSQL_E_STRUCT_SIZE -6
#define TLSQL_E_BUSY -7
#define TLSQL_E_PANIC -8
#define TLSQL_E_SESSION_POLICY -9
#define TLSQL_E_NO_HELLO -10
#define TLSQL_E_CONTEXT_CHOSEN -11
#define TLSQL_E_CONTEXT_NO_TLS -12
#define TLSQL_E_OPTION_NAME -20
#define TLSQL_E_OPTION_VALUE -21
#define TLSQL_E_FILE -22
#define TLSQL_E_PEM -23
#define TLSQL_E_NO_CERT -24
#define TLSQL_E_NO_KEY -25
#define TLSQL_E_KEY_MISMATCH -26
#define TLSQL_E_KEY_FORM -27
#define TLSQL_E_NO_CA -28
#define TLSQL_E_CRL -29
#define TLSQL_E_NO_CIPHER -30
#define TLSQL_E_NO_VERSION -31
#define TLSQL_E_NOT_LOADED -32
#define TLSQL_E_NO_NAME -33
#define TLSQL_E_TRUSTED_CERT -34
#define TLSQL_E_KEY_ENCRYPTED -35
#define TLSQL_E_OPTION_FILE -36
#define TLSQL_E_OPTION_SYNTAX -37
#define TLSQL_E_OPTION_INCLUDE -38
#define TLSQL_E_FILE_WRITE -39
#define TLSQL_E_OWN_CERT -40
#define TLSQL_E_GREETING -50
#define TLSQL_E_OLD_PROTOCOL -51
#define TLSQL_E_SERVER_ERROR -52
#define TLSQL_E_NO_TLS_OFFERED -53
#define TLSQL_E_SECURE_TRANSPORT -54
#define TLSQL_E_SSL_REQUEST -55
#define TLSQL_E_SEQUENCE -56
#define TLSQL_E_PACKET_SIZE -57
#define TLSQL_E_EOF -58
#define TLSQL_E_EARLY_BYTES -59
#define TLSQL_E_NOT_MYSQL -60
#define TLSQL_E_TIMEOUT -61
#define TLSQL_E_ALERT -80
#define TLSQL_E_DECRYPT -81
#define TLSQL_E_RECORD -82
#define TLSQL_E_MISBEHAVED -83
#define TLSQL_E_INCOMPATIBLE -84
#define TLSQL_E_VERSION -85
#define TLSQL_E_CIPHER -86
#define TLSQL_E_DH_GROUP -87
#define TLSQL_E_TRUNCATED -88
#define TLSQL_E_KEYS_USED_UP -89
#define TLSQL_E_HANDSHAKE_SIZE -90
#define TLSQL_E_TLS -91
#define TLSQL_E_DH_SMALL -92
#define TLSQL_E_CBC_ONLY -93
#define TLSQL_E_RSA_KEY_EXCHANGE -94
#define TLSQL_E_OLD_TLS -95
#define TLSQL_E_CLIENT_CERT_REFUSED -96
#define TLSQL_E_CLIENT_CERT_MISSING -97
#define TLSQL_E_CERT_UNKNOWN_CA -120
#define TLSQL_E_CERT_EXPIRED -121
#define TLSQL_E_CERT_NOT_YET -122
#define TLSQL_E_CERT_REVOKED -123
#define TLSQL_E_CERT_NAME -124
#define TLSQL_E_CERT_SIGNATURE -125
#define TLSQL_E_CERT_FORM -126
#define TLSQL_E_CERT_PURPOSE -127
#define TLSQL_E_CRL_STATE -128
#define TLSQL_E_CERT_MISSING -129
#define TLSQL_E_CERT_PIN -130
#define TLSQL_E_CERT_WEAK -131
#define TLSQL_E_CERT_SELF_SIGNED -132
#define TLSQL_E_CERT_CA -133
#define TLSQL_E_CERT_CONSTRAINT -134
#define TLSQL_E_CRL_EXPIRED -135
#define TLSQL_E_CRL_UNUSABLE -136
#define TLSQL_E_PEER_PROOF -137
#define TLSQL_E_CERT_OTHER -139
#define TLSQL_E_ACCOUNT_SSL -150
#define TLSQL_E_ACCOUNT_X509 -151
#define TLSQL_E_ACCOUNT_CIPHER -152
#define TLSQL_E_ACCOUNT_ISSUER -153
#define TLSQL_E_ACCOUNT_SUBJECT -154
#define TLSQL_E_ACCOUNT_SAN -155

/* Versions and names -------------------------------------------------------------------------- */

typedef int32_t tlsql_code;

uint32_t tlsql_version_number(void);

const char *tlsql_version_string(void);

uint32_t tlsql_abi_version(void);

const char *tlsql_code_name(tlsql_code code);

const char *tlsql_phase_name(uint32_t phase);

/* Errors -------------------------------------------------------------------------------------- */

#define TLSQL_MESSAGE_SIZE 512
#define TLSQL_OPTION_SIZE 64
#define TLSQL_SEVERITY_NOTE 1
#define TLSQL_SEVERITY_WARNING 2
#define TLSQL_SEVERITY_ERROR 3
#define TLSQL_ALERT_NONE 0
#define TLSQL_ALERT_SENT 1
#define TLSQL_ALERT_RECEIVED 2
#define TLSQL_ERROR_UNAUTHENTICATED 1
#define TLSQL_VERIFY_TRUST 1
#define TLSQL_VERIFY_NAME 2
#define TLSQL_VERIFY_TIME 4
#define TLSQL_VERIFY_REVOCATION 8
#define TLSQL_VERIFY_PURPOSE 16
#define TLSQL_VERIFY_FORM 32
#define TLSQL_VERIFY_PIN 64
#define TLSQL_VERIFY_PROOF 128

typedef struct tlsql_error {
  uint32_t struct_size;
  tlsql_code code;
  uint32_t flags;
  uint32_t severity;
  uint32_t log_code;
  uint32_t verify_flags;
  int32_t x509_error;
  int32_t x509_depth;
  uint32_t os_errno;
  uint16_t mysql_errno;
  uint8_t tls_alert;
  uint8_t alert_from;
  char sqlstate[8];
  char message[TLSQL_MESSAGE_SIZE];
  char option[TLSQL_OPTION_SIZE];
  uint32_t fact_off;
  uint32_t fact_len;
} tlsql_error;

tlsql_code tlsql_code_info(tlsql_code code_number, struct tlsql_error *out);

/* Settings ------------------------------------------------------------------------------------ */

#define TLSQL_CLIENT 1
#define TLSQL_SERVER 2

typedef struct tlsql_builder tlsql_builder;

tlsql_code tlsql_builder_new(uint32_t role, struct tlsql_builder **out);

void tlsql_builder_free(struct tlsql_builder *b);

tlsql_code tlsql_builder_set(struct tlsql_builder *b,
                             const char *name,
                             size_t name_len,
                             const char *value,
                             size_t value_len);

tlsql_code tlsql_builder_read_options(struct tlsql_builder *b,
                                      const char *path,
                                      size_t path_len,
                                      const char *groups,
                                      size_t groups_len);

tlsql_code tlsql_builder_unset(struct tlsql_builder *b, const char *name, size_t name_len);

tlsql_code tlsql_builder_get(const struct tlsql_builder *b,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

tlsql_code tlsql_builder_add_ca(struct tlsql_builder *b, const uint8_t *pem_or_der, size_t len);

tlsql_code tlsql_builder_add_crl(struct tlsql_builder *b, const uint8_t *pem_or_der, size_t len);

tlsql_code tlsql_builder_set_identity(struct tlsql_builder *b,
                                      const uint8_t *chain,
                                      size_t chain_len,
                                      const uint8_t *key,
                                      size_t key_len);

tlsql_code tlsql_builder_add_name(struct tlsql_builder *b,
                                  const char *name,
                                  size_t name_len,
                                  const uint8_t *chain,
                                  size_t chain_len,
                                  const uint8_t *key,
                                  size_t key_len);

tlsql_code tlsql_builder_set_clock(struct tlsql_builder *b, uint64_t unix_seconds);

tlsql_code tlsql_builder_load_files(struct tlsql_builder *b);

tlsql_code tlsql_builder_generate(struct tlsql_builder *b,
                                  const char *version,
                                  size_t version_len,
                                  const char *names,
                                  size_t names_len);

tlsql_code tlsql_builder_error(const struct tlsql_builder *b, struct tlsql_error *out);

tlsql_code tlsql_builder_explain(const struct tlsql_builder *b,
                                 tlsql_code code_number,
                                 struct tlsql_error *out);

size_t tlsql_builder_note_count(const struct tlsql_builder *b);

tlsql_code tlsql_builder_note(const struct tlsql_builder *b, size_t i, struct tlsql_error *out);

/* Settings in force --------------------------------------------------------------------------- */

#define TLSQL_RELOAD_OPTIONS 1
#define TLSQL_RELOAD_NO_ROLLBACK 2
#define TLSQL_TICKET_KEY_SIZE 48

typedef struct tlsql_context tlsql_context;

tlsql_code tlsql_context_new(struct tlsql_builder *b, struct tlsql_context **out);

tlsql_code tlsql_context_ref(struct tlsql_context *ctx, struct tlsql_context **out);

void tlsql_context_free(struct tlsql_context *ctx);

tlsql_code tlsql_context_reload(struct tlsql_context *ctx,
                                struct tlsql_builder *b,
                                uint32_t flags,
                                struct tlsql_error *why);

tlsql_code tlsql_context_set_ticket_keys(struct tlsql_context *ctx,
                                         const uint8_t *current,
                                         const uint8_t *previous);

uint32_t tlsql_context_files_changed(const struct tlsql_context *ctx);

uint32_t tlsql_context_has_tls(const struct tlsql_context *ctx);

tlsql_code tlsql_context_get(const struct tlsql_context *ctx,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

tlsql_code tlsql_context_status(const struct tlsql_context *ctx,
                                const char *name,
                                size_t name_len,
                                char *buf,
                                size_t cap,
                                size_t *needed);

const char *tlsql_status_variable(size_t i);

/* Connections --------------------------------------------------------------------------------- */

#define TLSQL_PHASE_GREETING 1
#define TLSQL_PHASE_NEGOTIATE 2
#define TLSQL_PHASE_HANDSHAKE 3
#define TLSQL_PHASE_TLS 4
#define TLSQL_PHASE_PLAIN 5
#define TLSQL_PHASE_CLOSED 6
#define TLSQL_PHASE_FAILED 7
#define TLSQL_HEADROOM_MAX 16
#define TLSQL_TAILROOM_MAX 32

typedef struct tlsql_conn tlsql_conn;

tlsql_code tlsql_client_new(const struct tlsql_context *ctx,
                            struct tlsql_conn **out,
                            struct tlsql_error *why);

tlsql_code tlsql_server_new(const struct tlsql_context *ctx,
                            struct tlsql_conn **out,
                            struct tlsql_error *why);

void tlsql_conn_free(struct tlsql_conn *conn);

tlsql_code tlsql_conn_set(struct tlsql_conn *conn,
                          const char *name,
                          size_t name_len,
                          const char *value,
                          size_t value_len,
                          struct tlsql_error *why);

tlsql_code tlsql_conn_eof(struct tlsql_conn *conn, size_t wire_in_left);

tlsql_code tlsql_conn_close(struct tlsql_conn *conn);

tlsql_code tlsql_conn_rekey(struct tlsql_conn *conn);

tlsql_code tlsql_conn_seal(struct tlsql_conn *conn,
                           uint8_t *buf,
                           size_t cap,
                           size_t plain_len,
                           size_t *record_len);

size_t tlsql_conn_headroom(const struct tlsql_conn *conn);

size_t tlsql_conn_tailroom(const struct tlsql_conn *conn);

uint32_t tlsql_conn_want(const struct tlsql_conn *conn);

uint32_t tlsql_conn_phase(const struct tlsql_conn *conn);

uint32_t tlsql_conn_peer_closed(const struct tlsql_conn *conn);

tlsql_code tlsql_conn_error(const struct tlsql_conn *conn, struct tlsql_error *out);

tlsql_code tlsql_conn_explain(const struct tlsql_conn *conn,
                              tlsql_code code_number,
                              struct tlsql_error *out);

tlsql_code tlsql_conn_check_transport(const struct tlsql_conn *conn, struct tlsql_error *refusal);

/* The step ------------------------------------------------------------------------------------ */

#define TLSQL_WIRE_IN_SIZE 18437
#define TLSQL_WIRE_OUT_SIZE 16704
#define TLSQL_APP_OUT_SIZE 16384
#define TLSQL_WANT_WIRE_IN 1
#define TLSQL_WANT_WIRE_OUT 2
#define TLSQL_WANT_APP_IN 4
#define TLSQL_WANT_APP_OUT 8
#define TLSQL_WANT_START 16
#define TLSQL_EVENT_GREETING 1
#define TLSQL_EVENT_SSL_REQUEST 2
#define TLSQL_EVENT_SECURED 4
#define TLSQL_EVENT_PLAIN 8
#define TLSQL_EVENT_PEER_CLOSED 16
#define TLSQL_EVENT_HELLO 32

typedef struct tlsql_step {
  uint32_t struct_size;
  uint32_t flags;
  uint32_t want;
  uint32_t phase;
  uint32_t events;
  size_t wire_in_used;
  size_t wire_out_made;
  size_t app_in_used;
  size_t app_out_made;
  size_t view_off;
  size_t view_len;
  size_t need_wire_in;
  size_t need_wire_out;
  size_t need_app_out;
} tlsql_step;

tlsql_code tlsql_conn_step(struct tlsql_conn *conn,
                           uint8_t *wire_in,
                           size_t wire_in_len,
                           uint8_t *wire_out,
                           size_t wire_out_cap,
                           const uint8_t *app_in,
                           size_t app_in_len,
                           uint8_t *app_out,
                           size_t app_out_cap,
                           struct tlsql_step *step);

/* MySQL packets ------------------------------------------------------------------------------- */

typedef struct tlsql_greeting {
  uint32_t struct_size;
  uint32_t protocol;
  uint32_t connection_id;
  uint32_t capabilities;
  uint32_t mariadb_capabilities;
  uint32_t status;
  uint32_t charset;
  const uint8_t *server_version;
  size_t server_version_len;
  const uint8_t *auth_plugin;
  size_t auth_plugin_len;
  const uint8_t *auth_data;
  size_t auth_data_len;
  const uint8_t *payload;
  size_t payload_len;
} tlsql_greeting;

typedef struct tlsql_request {
  uint32_t struct_size;
  uint32_t capabilities;
  uint32_t max_packet;
  uint32_t charset;
  uint32_t mariadb_capabilities;
} tlsql_request;

tlsql_code tlsql_conn_greeting(const struct tlsql_conn *conn, struct tlsql_greeting *out);

tlsql_code tlsql_client_start(struct tlsql_conn *conn, struct tlsql_request *req);

tlsql_code tlsql_server_start(struct tlsql_conn *conn, const uint8_t *payload, size_t len);

tlsql_code tlsql_conn_request(const struct tlsql_conn *conn, struct tlsql_request *out);

uint8_t tlsql_conn_sequence(const struct tlsql_conn *conn);

tlsql_code tlsql_client_greeting_read(struct tlsql_conn *conn,
                                      const uint8_t *payload,
                                      size_t len,
                                      uint8_t sequence,
                                      const uint8_t *ahead,
                                      size_t ahead_len);

tlsql_code tlsql_client_greeting_facts(struct tlsql_conn *conn,
                                       const struct tlsql_greeting *greeting,
                                       const uint8_t *ahead,
                                       size_t ahead_len);

tlsql_code tlsql_client_request_sent(struct tlsql_conn *conn, const struct tlsql_request *req);

tlsql_code tlsql_server_greeting_sent(struct tlsql_conn *conn, uint32_t capabilities);

tlsql_code tlsql_server_request_read(struct tlsql_conn *conn,
                                     const uint8_t *payload,
                                     size_t len,
                                     uint8_t sequence);

uint32_t tlsql_conn_will_use_tls(const struct tlsql_conn *conn);

tlsql_code tlsql_error_packet(const struct tlsql_error *err,
                              uint8_t sequence,
                              uint32_t capabilities,
                              uint8_t *buf,
                              size_t cap,
                              size_t *needed);

/* A context by the name in the ClientHello ---------------------------------------------------- */

tlsql_code tlsql_conn_hello_name(const struct tlsql_conn *conn,
                                 char *buf,
                                 size_t cap,
                                 size_t *needed);

tlsql_code tlsql_conn_use_context(struct tlsql_conn *conn, const struct tlsql_context *ctx);

/* What was negotiated ------------------------------------------------------------------------- */

#define TLSQL_OUTCOME_NONE 0
#define TLSQL_OUTCOME_TLS 1
#define TLSQL_OUTCOME_PLAIN_DISABLED 2
#define TLSQL_OUTCOME_PLAIN_NO_TLS 3
#define TLSQL_OUTCOME_PLAIN_LOCAL 4

uint32_t tlsql_conn_outcome(const struct tlsql_conn *conn);

uint32_t tlsql_conn_verified(const struct tlsql_conn *conn);

uint32_t tlsql_conn_secure_transport(const struct tlsql_conn *conn);

uint16_t tlsql_conn_tls_version(const struct tlsql_conn *conn);

uint16_t tlsql_conn_cipher_id(const struct tlsql_conn *conn);

uint32_t tlsql_conn_resumed(const struct tlsql_conn *conn);

const char *tlsql_conn_cipher_name(const struct tlsql_conn *conn);

size_t tlsql_conn_peer_cert_count(const struct tlsql_conn *conn);

tlsql_code tlsql_conn_peer_cert(const struct tlsql_conn *conn,
                                size_t i,
                                const uint8_t **der,
                                size_t *len);

tlsql_code tlsql_conn_peer_fingerprint(const struct tlsql_conn *conn,
                                       uint32_t bits,
                                       uint8_t *buf,
                                       size_t cap,
                                       size_t *needed);

tlsql_code tlsql_conn_keylog(const struct tlsql_conn *conn, char *buf, size_t cap, size_t *needed);

tlsql_code tlsql_conn_status(const struct tlsql_conn *conn,
                             const char *name,
                             size_t name_len,
                             char *buf,
                             size_t cap,
                             size_t *needed);

/* Sessions of a client ------------------------------------------------------------------------ */

typedef struct tlsql_session tlsql_session;

tlsql_code tlsql_conn_session(struct tlsql_conn *conn, struct tlsql_session **out);

tlsql_code tlsql_conn_set_session(struct tlsql_conn *conn, const struct tlsql_session *session);

void tlsql_session_free(struct tlsql_session *session);

/* Who the peer is ----------------------------------------------------------------------------- */

#define TLSQL_NAME_OPENSSL3 3
#define TLSQL_NAME_OPENSSL1 1

tlsql_code tlsql_conn_peer_subject(const struct tlsql_conn *conn,
                                   uint32_t form,
                                   uint8_t *buf,
                                   size_t cap,
                                   size_t *needed);

tlsql_code tlsql_conn_peer_issuer(const struct tlsql_conn *conn,
                                  uint32_t form,
                                  uint8_t *buf,
                                  size_t cap,
                                  size_t *needed);

uint32_t tlsql_conn_needs_peer_proof(const struct tlsql_conn *conn);

tlsql_code tlsql_client_auth_plugin(struct tlsql_conn *conn, const char *name, size_t name_len);

tlsql_code tlsql_conn_peer_proof(const struct tlsql_conn *conn,
                                 const uint8_t *salt,
                                 size_t salt_len,
                                 const uint8_t *scramble,
                                 size_t scramble_len,
                                 char *buf,
                                 size_t cap,
                                 size_t *needed);

tlsql_code tlsql_conn_confirm_peer(struct tlsql_conn *conn,
                                   const uint8_t *salt,
                                   size_t salt_len,
                                   const uint8_t *scramble,
                                   size_t scramble_len,
                                   const uint8_t *text,
                                   size_t text_len);

tlsql_code tlsql_conn_own_proof(const struct tlsql_conn *conn,
                                const uint8_t *salt,
                                size_t salt_len,
                                const uint8_t *scramble,
                                size_t scramble_len,
                                char *buf,
                                size_t cap,
                                size_t *needed);

/* Who may log in ------------------------------------------------------------------------------ */

#define TLSQL_PASSWORD_NO 0
#define TLSQL_PASSWORD_YES 1
#define TLSQL_PASSWORD_NOT_MENTIONED 2

typedef struct tlsql_account tlsql_account;

tlsql_code tlsql_account_new(struct tlsql_account **out);

void tlsql_account_free(struct tlsql_account *acct);

tlsql_code tlsql_account_set(struct tlsql_account *acct,
                             const char *name,
                             size_t name_len,
                             const char *value,
                             size_t value_len,
                             struct tlsql_error *why);

tlsql_code tlsql_conn_check_account(const struct tlsql_conn *conn,
                                    const struct tlsql_account *acct,
                                    const char *user,
                                    size_t user_len,
                                    const char *host,
                                    size_t host_len,
                                    uint32_t used_password,
                                    struct tlsql_error *refusal,
                                    struct tlsql_error *log);
