/* auth.h - the client's side of a login: mysql_native_password and caching_sha2_password, the
 * server's switch from one to the other, and MariaDB's proof of the server by the password
 * (tlsql-peer-proof).  The program sends and receives the packets. */
#ifndef AUTH_H
#define AUTH_H
#include <stdio.h>
#include <string.h>
#include "login/login.h"
#include "mysql.h"

struct auth {
  const char *password;
  tlsql_conn *conn;
  char plugin[64];
  uint8_t scramble[LOGIN_SCRAMBLE_SIZE];    /* of the plugin, as the server sent it */
  size_t scramble_len;
  uint8_t answer[LOGIN_SHA2_SIZE];
};

enum { AUTH_GOES_ON, AUTH_DONE, AUTH_REFUSED };

static inline int auth_fail(tlsql_error *why, uint16_t number, const char *format,
                            const char *plugin)
{
  memset(why, 0, sizeof *why);
  why->struct_size = sizeof *why;
  why->mysql_errno = number;
  strcpy(why->sqlstate, "HY000");
  snprintf(why->message, sizeof why->message, format, plugin);
  return AUTH_REFUSED;
}

static inline int auth_fail_code(const struct auth *a, tlsql_error *why, tlsql_code rc)
{
  why->struct_size = sizeof *why;
  tlsql_conn_explain(a->conn, rc, why);
  return AUTH_REFUSED;
}

/* Computes the plugin's answer to a scramble; returns 0 if the plugin is unknown here. */
static inline int auth_answer(struct auth *a, struct text plugin, struct text scramble,
                              struct text *answer)
{
  const uint8_t *password = (const uint8_t *)a->password;
  size_t len = strlen(a->password);

  text_copy(a->plugin, sizeof a->plugin, plugin);
  a->scramble_len = scramble.len;                         /* a NUL follows it on the wire */
  if (a->scramble_len > sizeof a->scramble) a->scramble_len = sizeof a->scramble;
  if (a->scramble_len) memcpy(a->scramble, scramble.at, a->scramble_len);
  answer->at = a->answer;
  answer->len = 0;
  if (text_is(plugin, NATIVE_PLUGIN)) {
    if (len == 0) return 1;
    answer->len = LOGIN_NATIVE_SIZE;
    return login_native(password, len, a->scramble, a->scramble_len, a->answer, answer->len) == 0;
  }
  if (text_is(plugin, SHA2_PLUGIN)) {
    if (len == 0) return 1;
    answer->len = LOGIN_SHA2_SIZE;
    return login_sha2(password, len, a->scramble, a->scramble_len, a->answer, answer->len) == 0;
  }
  return 0;
}

/* Tells the engine which plugin is answered next.  Where the server has to prove itself by the
 * password, the engine sends nothing without this and refuses all plugins that show the password. */
static inline int auth_allowed(struct auth *a, struct text plugin, tlsql_error *why)
{
  tlsql_code rc = tlsql_client_auth_plugin(a->conn, (const char *)plugin.at, plugin.len);
  return rc ? auth_fail_code(a, why, rc) : AUTH_GOES_ON;
}

/* Computes the answer to the greeting: to its plugin if that is known here and the server need not
 * prove itself, else to mysql_native_password, from which the server can switch. */
static inline int auth_first(struct auth *a, struct text plugin, struct text scramble,
                             struct text *answer, tlsql_error *why)
{
  int unproven = tlsql_conn_needs_peer_proof(a->conn) != 0;
  if (unproven && !a->password[0])
    return auth_fail(why, 2026, "SSL connection error: the server proves itself by the password, "
                     "and it is empty. Set %s, ssl_ca or ssl_fp.", "a password");
  if (unproven || !plugin.len || !auth_answer(a, plugin, scramble, answer)) {
    plugin = text_of(NATIVE_PLUGIN);
    if (!auth_answer(a, plugin, scramble, answer)) answer->len = 0;
  }
  return auth_allowed(a, plugin, why);
}

/* Reads the proof at the end of an OK packet, behind its first byte: length-encoded text behind
 * the rows changed, the last id, status and warnings.  Only mysql_native_password comes here. */
static inline int auth_confirm(struct auth *a, struct reader *r, tlsql_error *why)
{
  uint8_t stored[LOGIN_NATIVE_SIZE];
  struct text proof = { NULL, 0 };
  tlsql_code rc;

  read_length(r);
  read_length(r);
  read_int(r, 4);
  if (r->left) proof = read_bytes(r, read_length(r));
  if (login_native_stored((const uint8_t *)a->password, strlen(a->password), stored,
                          sizeof stored))
    return auth_fail(why, 2000, "The hash of the password is missing%s", "");
  rc = tlsql_conn_confirm_peer(a->conn, stored, sizeof stored, a->scramble, a->scramble_len,
                               proof.at, proof.len);
  return rc ? auth_fail_code(a, why, rc) : AUTH_DONE;
}

/* Reads a packet of the server and writes the answer, if one is due.  Returns AUTH_GOES_ON,
 * AUTH_DONE, or AUTH_REFUSED with the reason in *why. */
static inline int auth_next(struct auth *a, const struct packet *p, struct writer *out,
                            tlsql_error *why)
{
  struct reader r = read_from(p->payload, p->len);
  struct text plugin, scramble, answer;
  uint8_t next = (uint8_t)(p->sequence + 1);

  switch (read_int(&r, 1)) {
  case 0x00:
    if (r.bad) break;
    return tlsql_conn_needs_peer_proof(a->conn) ? auth_confirm(a, &r, why) : AUTH_DONE;
  case 0xff:
    read_error(p, why);
    return AUTH_REFUSED;
  case 0xfe:                                                /* AuthSwitchRequest */
    plugin = read_string(&r);
    scramble = read_bytes(&r, r.left);
    if (auth_allowed(a, plugin, why)) return AUTH_REFUSED;
    if (!auth_answer(a, plugin, scramble, &answer))
      return auth_fail(why, 2059, "Authentication plugin '%s' cannot be loaded", a->plugin);
    packet_begin(out, next);
    write_bytes(out, answer.at, answer.len);
    packet_end(out);
    return AUTH_GOES_ON;
  case 0x01:                                                /* AuthMoreData */
    if (strcmp(a->plugin, SHA2_PLUGIN) != 0) break;
    switch (read_int(&r, 1)) {
    case 3:                                                 /* the answer was right: OK follows */
      return AUTH_GOES_ON;
    case 4:                                                 /* not in the server's cache */
      if (auth_allowed(a, text_of(a->plugin), why)) return AUTH_REFUSED;
      if (!tlsql_conn_secure_transport(a->conn))
        return auth_fail(why, 2061, "Authentication plugin '%s' reported error: "
                         "Authentication requires secure connection.", a->plugin);
      packet_begin(out, next);
      write_string(out, a->password);
      packet_end(out);
      return AUTH_GOES_ON;
    default:
      break;
    }
    break;
  default:
    break;
  }
  return auth_fail(why, 2027, "Malformed packet%s", "");
}

#endif
