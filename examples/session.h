/* session.h - the example server's connections and their login: the greeting, the check of an
 * answer, the switch to another plugin, the password itself on a secure transport. */
#ifndef SESSION_H
#define SESSION_H
#include <stdint.h>
#include <time.h>
#define LINK_PLAIN_SIZE 32768u
#include "link.h"
#include "accounts.h"
#include "log.h"
#include "login/login.h"
#include "reply.h"

#define MYSQL_VERSION  "8.0.36"             /* whose behaviour it has */
#define SERVER_VERSION MYSQL_VERSION "-tlsql-example"
#define REPLY_SIZE ((1u << 24) + 65536)     /* the largest packet, and what is around it */
#define LOGIN_SECONDS 10                    /* connect_timeout */
#define LINGER_SECONDS 2

enum stage { UNUSED, LOGIN, SWITCHED, FULL, COMMAND, LEAVING, CLOSING, LINGER };

struct session {
  struct link link;
  const tlsql_context *ctx;
  struct account *account;                  /* the first of the list, until the user is known */
  enum stage stage;
  int changed;                              /* by COM_CHANGE_USER: MariaDB proves nothing then */
  uint32_t id;
  time_t deadline;                          /* 0: none */
  char address[64], user[81], name[160], database[65];
  uint8_t scramble[LOGIN_SCRAMBLE_SIZE];
  struct reply reply;                       /* its memory is freed with the session */
};

static inline void log_line(const struct session *s, const char *text, const char *code)
{
  log_write(s->id, "Note", "from %s: %s %s", s->address, text, code);
}

/* Logs a refused login, and what the peer is not told: `reason`, NULL where there is no more to say. */
static inline void log_denied(const struct session *s, const tlsql_error *refusal,
                              const tlsql_error *reason)
{
  if (reason)
    log_write(s->id, "Note", "from %s: %s: %s %s", s->address, refusal->message, reason->message,
              tlsql_code_name(reason->code));
  else
    log_line(s, refusal->message, "");
}

/* ---- login ------------------------------------------------------------------- */

/* Queues the greeting.  The engine writes its header and sets or clears CLIENT_SSL in it. */
static inline tlsql_code greet(struct session *s)
{
  uint8_t buf[256];
  struct writer w = write_to(buf, sizeof buf);
  uint32_t capabilities = CLIENT_LONG_PASSWORD | CLIENT_FOUND_ROWS | CLIENT_LONG_FLAG |
                          CLIENT_CONNECT_WITH_DB | CLIENT_PROTOCOL_41 | CLIENT_TRANSACTIONS |
                          CLIENT_SECURE_CONNECTION | CLIENT_MULTI_RESULTS | CLIENT_PLUGIN_AUTH |
                          CLIENT_CONNECT_ATTRS | CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA |
                          CLIENT_DEPRECATE_EOF;
  if (login_scramble(s->scramble, sizeof s->scramble)) return TLSQL_E_PANIC;
  write_int(&w, 10, 1);
  write_string(&w, SERVER_VERSION);
  write_int(&w, s->id, 4);
  write_bytes(&w, s->scramble, 8);
  write_zeros(&w, 1);
  write_int(&w, capabilities & 0xffff, 2);
  write_int(&w, 45, 1);                                     /* utf8mb4_general_ci */
  write_int(&w, 2, 2);                                      /* autocommit */
  write_int(&w, capabilities >> 16, 2);
  write_int(&w, sizeof s->scramble + 1, 1);
  write_zeros(&w, 10);
  write_bytes(&w, s->scramble + 8, sizeof s->scramble - 8);
  write_zeros(&w, 1);
  write_string(&w, s->account->plugin);
  return tlsql_server_start(s->link.conn, w.at, w.len);
}

/* Answers with an error, and closes the connection behind it. */
static inline void refuse(struct session *s, uint16_t number, const char *sqlstate,
                          const char *text)
{
  log_line(s, text, "");
  reply_error(&s->reply, number, sqlstate, "%s", text);
  s->stage = LEAVING;
}

/* Answers with an error of the engine, and closes the connection behind it. */
static inline void refuse_with(struct session *s, const tlsql_error *e)
{
  log_line(s, e->message, tlsql_code_name(e->code));
  reply_tell(&s->reply, e);
  s->stage = LEAVING;
}

static inline int has_profile(const struct session *s, const char *name)
{
  char profile[16] = "";
  size_t needed;
  return !tlsql_context_get(s->ctx, TLSQL_STR("tlsql_profile"), profile, sizeof profile, &needed) &&
         strcmp(profile, name) == 0;
}

/* Answers OK; as a MariaDB server with the proof by the password, where there is one. */
static inline void admit(struct session *s)
{
  const uint8_t *password = (const uint8_t *)s->account->password;
  size_t len = strlen(s->account->password), needed;
  uint8_t salt[LOGIN_NATIVE_SIZE];
  char proof[66] = "\x01";
  int has_proof = has_profile(s, "mariadb") && !s->changed &&
                  strcmp(s->account->plugin, NATIVE_PLUGIN) == 0 &&
                  !login_native_stored(password, len, salt, sizeof salt) &&
                  !tlsql_conn_own_proof(s->link.conn, salt, sizeof salt, s->scramble,
                                        sizeof s->scramble, proof + 1, sizeof proof - 1, &needed);
  reply_ok_with(&s->reply, 0, text_of(has_proof ? proof : ""));
  s->stage = COMMAND;
  s->deadline = 0;
}

/* Ends the login, when it is known whether the password was right: docs/server.md has the order. */
static inline void decide(struct session *s, int right, int with_password)
{
  const tlsql_account *require = right ? s->account->require : NULL;
  char text[TLSQL_MESSAGE_SIZE];
  tlsql_error e, log;

  memset(&e, 0, sizeof e);
  e.struct_size = sizeof e;
  log = e;
  if (tlsql_conn_check_account(s->link.conn, require, s->user, strlen(s->user), s->address,
                               strlen(s->address), with_password ? TLSQL_PASSWORD_YES
                                                                 : TLSQL_PASSWORD_NO, &e, &log)) {
    log_denied(s, &e, right ? &log : NULL);
    reply_tell(&s->reply, &e);
    s->stage = LEAVING;
  } else if (s->account->locked) {
    snprintf(text, sizeof text, "Access denied for user '%.80s'@'%.63s'. Account is locked.",
             s->user, s->address);
    refuse(s, 3118, "HY000", text);
  } else if (tlsql_conn_check_transport(s->link.conn, &e)) {
    refuse_with(s, &e);
  } else {
    admit(s);
  }
}

/* Whether the account admits this connection, were the password right. */
static inline int is_admitted(const struct session *s)
{
  tlsql_error refusal;
  memset(&refusal, 0, sizeof refusal);
  refusal.struct_size = sizeof refusal;
  return !tlsql_conn_check_account(s->link.conn, s->account->require, s->user, strlen(s->user),
                                   s->address, strlen(s->address), TLSQL_PASSWORD_YES, &refusal,
                                   NULL);
}

/* Checks an answer to the scramble. */
static inline void check(struct session *s, struct text answer)
{
  const uint8_t *secret = (const uint8_t *)s->account->password;
  size_t len = strlen(s->account->password), scramble = sizeof s->scramble;
  uint8_t stored[LOGIN_SHA2_SIZE];
  int known = strcmp(s->user, s->account->user) == 0, right;

  if (answer.len == 1 && answer.at[0] == 0) answer.len = 0;      /* no password, as a NUL */
  if (answer.len == 0 || len == 0) {
    decide(s, known && answer.len == 0 && len == 0, answer.len > 0);
  } else if (strcmp(s->account->plugin, NATIVE_PLUGIN) == 0) {
    right = !login_native_stored(secret, len, stored, LOGIN_NATIVE_SIZE) &&
            login_native_check(answer.at, answer.len, s->scramble, scramble, stored,
                               LOGIN_NATIVE_SIZE) == 1;
    decide(s, known && right, 1);
  } else {
    right = known && s->account->cached &&
            !login_sha2_stored(secret, len, stored, LOGIN_SHA2_SIZE) &&
            login_sha2_check(answer.at, answer.len, s->scramble, scramble, stored,
                             LOGIN_SHA2_SIZE) == 1;
    /* Who lacks a certificate is not told that the password was right: a wrong one gets the same. */
    right = right && is_admitted(s);
    packet_begin(&s->reply.out, s->reply.sequence++);
    write_int(&s->reply.out, right ? 0x0301 : 0x0401, 2);
    packet_end(&s->reply.out);
    if (right) decide(s, 1, 1);
    else s->stage = FULL;                      /* as MySQL does: asks for the password itself */
  }
}

/* Checks an answer that is for the plugin `wanted`, or asks for one that is for the account's. */
static inline void authenticate(struct session *s, int is_old, struct text answer,
                                struct text wanted)
{
  tlsql_error why;

  snprintf(s->name, sizeof s->name, "%s@%s", s->user, s->address);
  memset(&why, 0, sizeof why);
  why.struct_size = sizeof why;
  if (has_profile(s, "mariadb") && tlsql_conn_check_transport(s->link.conn, &why)) {
    refuse_with(s, &why);                                    /* before the password is looked at */
  } else if (is_old ? answer.len == 0 : text_is(wanted, s->account->plugin)) {
    check(s, answer);
  } else if (s->reply.capabilities & CLIENT_PLUGIN_AUTH) {   /* AuthSwitchRequest */
    s->stage = SWITCHED;
    packet_begin(&s->reply.out, s->reply.sequence++);
    write_int(&s->reply.out, 0xfe, 1);
    write_string(&s->reply.out, s->account->plugin);
    write_bytes(&s->reply.out, s->scramble, sizeof s->scramble);
    write_zeros(&s->reply.out, 1);
    packet_end(&s->reply.out);
  } else {
    refuse(s, 1251, "08004", "Client does not support authentication protocol requested by server; "
                             "consider upgrading MySQL client");
  }
}

/* Reads HandshakeResponse41.  Its first 32 bytes are skipped: in TLS they repeat the SSLRequest, of
 * which the engine has the values.  Those of a client before 4.1, HandshakeResponse320, are 5; its
 * answer is for mysql_native_password only if it says so, else for a plugin that is not here.
 * MariaDB refuses such an answer with 1251, and treats a login without one as any other. */
static inline void log_in(struct session *s, const struct packet *p)
{
  struct reader r = read_from(p->payload, p->len);
  struct text answer, wanted;
  tlsql_request request;
  int is_old;

  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  if (tlsql_conn_request(s->link.conn, &request)) {
    refuse(s, 1043, "08S01", "Bad handshake");
    return;
  }
  s->reply.capabilities = request.capabilities;
  if (p->sequence != (tlsql_conn_outcome(s->link.conn) == TLSQL_OUTCOME_TLS ? 2 : 1)) {
    refuse(s, 1156, "08S01", "Got packets out of order");
    return;
  }
  is_old = reply_is_old(&s->reply) && !(request.capabilities & CLIENT_SECURE_CONNECTION);
  read_bytes(&r, reply_is_old(&s->reply) ? 5 : 32);
  text_copy(s->user, sizeof s->user, read_string(&r));
  s->account = account_or_other(s->account, s->user);
  if (is_old)
    answer = read_string(&r);
  else
    answer = read_bytes(&r, request.capabilities & CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
                              ? read_length(&r) : read_int(&r, 1));
  if (request.capabilities & CLIENT_CONNECT_WITH_DB)
    text_copy(s->database, sizeof s->database, read_string(&r));
  wanted = text_of(NATIVE_PLUGIN);
  if (request.capabilities & CLIENT_PLUGIN_AUTH) wanted = read_string(&r);
  if (r.bad) {
    refuse(s, 1043, "08S01", "Bad handshake");
    return;
  }
  authenticate(s, is_old, answer, wanted);
}

/* Checks what caching_sha2_password sends on a secure transport: the password itself and a NUL, which
 * is wiped then.  Hashes are compared, so that the time does not depend on the password. */
static inline void log_in_full(struct session *s, const struct packet *p)
{
  struct reader r = read_from(p->payload, p->len);
  struct text given = read_string(&r);
  const char *password = s->account->password;
  uint8_t theirs[LOGIN_SHA2_SIZE], ours[LOGIN_SHA2_SIZE];
  int right = tlsql_conn_secure_transport(s->link.conn) && strcmp(s->user, s->account->user) == 0 &&
              !login_sha2_stored(given.at, given.len, theirs, sizeof theirs) &&
              !login_sha2_stored((const uint8_t *)password, strlen(password), ours, sizeof ours) &&
              memcmp(theirs, ours, sizeof ours) == 0;
  wipe(theirs, sizeof theirs);
  wipe(ours, sizeof ours);
  wipe(s->link.plain + (p->payload - s->link.plain), p->len);
  s->account->cached |= right;
  decide(s, right, 1);
}

#endif
