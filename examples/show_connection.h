/* show_connection.h - what the client prints of its connection: the transcript of each step, what was
 * negotiated and verified, and the status of the mysql program's command \s. */
#ifndef SHOW_CONNECTION_H
#define SHOW_CONNECTION_H
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "client_options.h"
#include "mysql.h"
#include "statement.h"

static int transcript;                      /* --transcript was given */

/* Prints one line of the transcript. */
static inline void say(const char *arrow, const char *what, const char *format, ...)
{
  va_list args;
  if (!transcript) return;
  printf("  %3s %-10s  ", arrow, what);
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  putchar('\n');
}

/* Prints what was negotiated and verified: in the transcript, else on stderr. */
static inline void report(const tlsql_conn *conn)
{
  static const char *const outcomes[] = { "none", "TLS", "none: TLS is disabled",
                                          "none: the server has no TLS", "none: local transport" };
  static const char *const checks[] = { "trust", "name", "time", "revocation", "purpose", "form",
                                        "pin", "proof" };
  char version[32] = "", peer[3 * 32 + 1] = "no certificate", verified[80] = "";
  uint8_t sha256[32];
  size_t i, len = 0, needed;
  uint32_t bits = tlsql_conn_verified(conn);

  if (tlsql_conn_status(conn, TLSQL_STR("Ssl_version"), version, sizeof version, &needed))
    version[0] = 0;
  if (!tlsql_conn_peer_fingerprint(conn, 256, sha256, sizeof sha256, &len))
    for (i = 0; i < len; i++)
      snprintf(peer + 3 * i, 4, "%02x%s", sha256[i], i + 1 < len ? ":" : "");
  for (i = 0; i < sizeof checks / sizeof *checks; i++)
    if (bits >> i & 1)
      snprintf(verified + strlen(verified), sizeof verified - strlen(verified), "%s%s",
               verified[0] ? ", " : "", checks[i]);
  if (!verified[0]) strcpy(verified, "nothing");

  if (tlsql_conn_outcome(conn) != TLSQL_OUTCOME_TLS) {
    say("", "TLS", "%s", outcomes[tlsql_conn_outcome(conn) % 5]);
    if (!transcript) fprintf(stderr, "TLS: %s\n", outcomes[tlsql_conn_outcome(conn) % 5]);
    return;
  }
  say("<->", "handshake", "%s, %s", version, tlsql_conn_cipher_name(conn));
  say("", "peer", "SHA-256 %.48s", peer);
  say("", "", "        %s", peer + 48);
  say("", "verified", "%s", verified);
  if (!transcript)
    fprintf(stderr, "TLS: %s, %s\npeer: %s\nverified: %s\n", version,
            tlsql_conn_cipher_name(conn), peer, verified);
}

/* Returns 1 for the command \s, or STATUS, in the place of a statement. */
static inline int is_status(const char *statement)
{
  struct text t = text_of(statement);
  while (t.len && strchr("; ", t.at[t.len - 1])) t.len--;
  return sql_same("\\s", t.at, t.len) || sql_same("status", t.at, t.len);
}

/* Prints the status of the connection, in the lines of the mysql program. */
static inline void show_status(const struct client_options *opt, const tlsql_conn *conn,
                               const tlsql_greeting *g)
{
  char version[64];
  struct text raw;
  raw.at = g->server_version;
  raw.len = g->server_version_len;
  printf("--------------\nConnection id:\t\t%u\nCurrent database:\t%s\n", g->connection_id,
         opt->database ? opt->database : "");
  if (tlsql_conn_outcome(conn) == TLSQL_OUTCOME_TLS)
    printf("SSL:\t\t\tCipher in use is %s\n", tlsql_conn_cipher_name(conn));
  else
    printf("SSL:\t\t\tNot in use\n");
  printf("Server version:\t\t%s\nProtocol version:\t%u\n",
         text_copy(version, sizeof version, raw), g->protocol);
  if (opt->socket)
    printf("Connection:\t\tLocalhost via UNIX socket\nUNIX socket:\t\t%s\n", opt->socket);
  else
    printf("Connection:\t\t%s via TCP/IP\nTCP port:\t\t%u\n", opt->host, opt->port);
  printf("--------------\n");
}

#endif
