/* client.c - a MySQL client on one non-blocking socket and poll(): connects, upgrades to TLS, logs
 * in, runs one query and prints its rows.  The options are those of the mysql program.
 *
 *   client --host=H --user=U --password=P --ssl-mode=VERIFY_IDENTITY --ssl-ca=ca.pem -e 'SELECT 1'
 */
#define _POSIX_C_SOURCE 200809L
#define LINK_PLAIN_SIZE ((1u << 24) + TLSQL_APP_OUT_SIZE)   /* the largest packet, and a record */
#include "auth.h"
#include "client_options.h"
#include "link.h"
#include "net.h"
#include "rows.h"
#include "show_connection.h"

static struct client_options opt;
static struct link l;
static tlsql_error why;                                     /* the first failure */
static tlsql_request request;                               /* SSLRequest, repeated in the login */
static uint8_t sequence;                                    /* number of the next packet */

/* Records a failure of this program's own, and returns 1. */
static int fail(uint16_t number, const char *format, ...)
{
  va_list args;
  memset(&why, 0, sizeof why);
  why.struct_size = sizeof why;
  why.mysql_errno = number;
  va_start(args, format);
  vsnprintf(why.message, sizeof why.message, format, args);
  va_end(args);
  return 1;
}

/* Records a failure of the engine, and returns 1. */
static int fail_code(tlsql_code rc)
{
  why.struct_size = sizeof why;
  tlsql_conn_explain(l.conn, rc, &why);
  return 1;
}

/* Waits for the server, after link_run() returned rc; returns 1 if nothing more can come. */
static int pause_for_peer(tlsql_code rc)
{
  if (rc && !link_pending(&l)) return fail_code(rc);
  if (!rc && l.no_more) return fail_code(TLSQL_E_EOF);
  if (link_wait(&l, opt.timeout_ms)) return 0;
  return fail_code(TLSQL_E_TIMEOUT);
}

/* Steps until everything is sent and the engine wants one of `until`. */
static int drive(uint32_t until)
{
  for (;;) {
    tlsql_code rc = link_run(&l);
    if (!rc && !link_pending(&l) && l.app_len == 0 && (l.want & until)) return 0;
    if (pause_for_peer(rc)) return 1;
  }
}

/* Sends what was written. */
static int transmit(const struct writer *w)
{
  if (w->bad) return fail(2000, "An option is too long for this program");
  l.app = w->at;
  l.app_len = w->len;
  return w->len ? drive(TLSQL_WANT_APP_IN) : 0;
}

/* Receives the next packet; it is valid until the next call. */
static int receive(struct packet *p)
{
  size_t size, had;
  for (;;) {
    tlsql_code rc;
    had = l.plain_end - l.plain_at;
    size = packet_get(l.plain + l.plain_at, had, p);
    if (size > 0) break;
    rc = link_run(&l);
    if (l.plain_end - l.plain_at > had) continue;
    if (had > sizeof l.plain - TLSQL_APP_OUT_SIZE)
      return fail(2020, "Got packet bigger than 'max_allowed_packet' bytes");
    if (pause_for_peer(rc)) return 1;
  }
  l.plain_at += size;
  if (p->len == 0xffffff)                                   /* more of it follows in another */
    return fail(2020, "Got packet bigger than 'max_allowed_packet' bytes");
  if (p->sequence != sequence && !packet_is_error(p))       /* ERR may come before it was asked */
    return fail(1156, "Got packets out of order");
  sequence = (uint8_t)(p->sequence + 1);
  return 0;
}

/* Reads the greeting, answers it as ssl-mode says, and does the TLS handshake. */
static int upgrade(const tlsql_context *ctx, tlsql_greeting *g)
{
  tlsql_code rc;
  char mode[32] = "", version[64];
  struct text raw;
  size_t needed, moved;

  if (drive(TLSQL_WANT_START)) return 1;
  memset(g, 0, sizeof *g);
  g->struct_size = sizeof *g;
  if ((rc = tlsql_conn_greeting(l.conn, g)) != TLSQL_OK) return fail_code(rc);
  raw.at = g->server_version;
  raw.len = g->server_version_len;
  say("<--", "greeting", "%s, connection %u, %s", text_copy(version, sizeof version, raw),
      g->connection_id, g->capabilities & CLIENT_SSL ? "TLS is offered" : "no TLS");
  if ((rc = tlsql_context_get(ctx, TLSQL_STR("ssl_mode"), mode, sizeof mode, &needed)) != TLSQL_OK)
    return fail_code(rc);
  say("", "ssl-mode", "%s", mode);

  memset(&request, 0, sizeof request);
  request.struct_size = sizeof request;
  request.capabilities = CLIENT_LONG_PASSWORD | CLIENT_LONG_FLAG | CLIENT_PROTOCOL_41 |
                         CLIENT_TRANSACTIONS | CLIENT_SECURE_CONNECTION |
                         (g->capabilities & (CLIENT_PLUGIN_AUTH | CLIENT_DEPRECATE_EOF)) |
                         (opt.database ? CLIENT_CONNECT_WITH_DB : 0);
  request.max_packet = 1u << 24;
  request.charset = 45;                                     /* utf8mb4_general_ci */
  if ((rc = tlsql_client_start(l.conn, &request)) != TLSQL_OK) return fail_code(rc);
  if (tlsql_conn_will_use_tls(l.conn)) {
    say("-->", "SSLRequest", "32 bytes, packet 1, in clear");
    if ((rc = link_step(&l, &moved)) != TLSQL_OK) return fail_code(rc);
    link_flush(&l);
    net_let_read(l.fd);
  }
  if (drive(TLSQL_WANT_APP_IN)) return 1;                   /* before a password is sent */
  report(l.conn);
  return 0;
}

/* Logs in: the first answer goes with HandshakeResponse41, others as the server asks for them. */
static int login(const tlsql_greeting *g)
{
  uint8_t buf[1024];
  struct writer w = write_to(buf, sizeof buf);
  struct auth a;
  struct text plugin, scramble, answer;
  struct packet p;
  int state;

  memset(&a, 0, sizeof a);
  a.password = opt.password;
  a.conn = l.conn;
  plugin.at = g->auth_plugin;
  plugin.len = g->auth_plugin_len;
  scramble.at = g->auth_data;
  scramble.len = g->auth_data_len;
  if (auth_first(&a, plugin, scramble, &answer, &why)) return 1;
  sequence = tlsql_conn_sequence(l.conn);
  say("-->", "login", "user %s, %s, packet %u, %s", opt.user, a.plugin, sequence,
      tlsql_conn_outcome(l.conn) == TLSQL_OUTCOME_TLS ? "encrypted" : "in clear");
  write_login(&w, sequence++, &request, opt.user, answer, opt.database, a.plugin);
  do {
    if (transmit(&w) || receive(&p)) return 1;
    w = write_to(buf, sizeof buf);
    state = auth_next(&a, &p, &w, &why);
    if (w.len) sequence++;
  } while (state == AUTH_GOES_ON);
  if (state == AUTH_DONE) say("<--", "OK", "logged in");
  return state != AUTH_DONE;
}

/* Sends COM_QUERY and prints its answer: OK, ERR, or columns and rows. */
static int query(const char *sql)
{
  static uint8_t buf[65536];
  static const char *const margin = "                  ";
  struct writer w = write_to(buf, sizeof buf);
  struct packet p;
  uint64_t columns, i;

  packet_begin(&w, 0);
  write_int(&w, COM_QUERY, 1);
  write_bytes(&w, sql, strlen(sql));
  packet_end(&w);
  sequence = 1;
  say("-->", "query", "%s", sql);
  if (transmit(&w) || receive(&p)) return 1;
  if (packet_is_error(&p)) return read_error(&p, &why), 1;
  if (packet_is_ok(&p)) return 0;
  columns = rows_columns(&p);
  say("<--", "result", "%u column%s", (unsigned)columns, columns == 1 ? "" : "s");
  if (transcript && !opt.no_names) fputs(margin, stdout);
  for (i = 1; i <= columns; i++) {
    if (receive(&p)) return 1;
    if (!rows_name(&p, i < columns ? '\t' : '\n', !opt.no_names)) columns = 0;
  }
  if (!(request.capabilities & CLIENT_DEPRECATE_EOF) && receive(&p)) return 1;
  while (columns > 0) {
    if (receive(&p)) return 1;
    if (packet_is_error(&p)) return read_error(&p, &why), 1;
    if (packet_is_end(&p)) return 0;
    if (transcript) fputs(margin, stdout);
    if (!rows_row(&p, columns)) columns = 0;
  }
  return fail(2027, "Malformed packet");
}

/* Sends COM_QUIT, without which a server counts an aborted client, and close_notify.  Servers close
 * without an answer, so a failure to send them is none of the program. */
static void quit(void)
{
  tlsql_error kept = why;
  uint8_t buf[5];
  struct writer w = write_to(buf, sizeof buf);
  packet_begin(&w, 0);
  write_int(&w, COM_QUIT, 1);
  packet_end(&w);
  opt.timeout_ms = 2000;
  if (!transmit(&w) && !tlsql_conn_close(l.conn)) link_run(&l);
  why = kept;
}

/* Does all that needs a connection. */
static int session(const tlsql_context *ctx)
{
  tlsql_greeting g;
  char port[8];
  int failed;
  tlsql_code rc = tlsql_client_new(ctx, &l.conn, &why);
  if (rc) return 1;
  snprintf(port, sizeof port, "%u", opt.port);
  rc = tlsql_conn_set(l.conn, TLSQL_STR("host"), opt.host, strlen(opt.host), &why);
  if (!rc) rc = tlsql_conn_set(l.conn, TLSQL_STR("port"), port, strlen(port), &why);
  if (!rc && opt.socket)
    rc = tlsql_conn_set(l.conn, TLSQL_STR("transport"), TLSQL_STR("unix"), &why);
  if (!rc && opt.verify_name)
    rc = tlsql_conn_set(l.conn, TLSQL_STR("verify_name"), opt.verify_name,
                        strlen(opt.verify_name), &why);
  if (rc) return 1;
  if ((l.fd = net_connect(opt.host, opt.port, opt.socket, opt.timeout_ms)) < 0)
    return fail(opt.socket ? 2002 : 2003, "Can't connect to MySQL server on '%s:%s' (%s)",
                opt.socket ? opt.socket : opt.host, port, strerror(errno));
  say("", "connected", "%s:%s", opt.socket ? opt.socket : opt.host, port);
  if (upgrade(ctx, &g) || login(&g)) return 1;
  opt.timeout_ms = -1;                                      /* a query may take its time */
  if (is_status(opt.query)) {
    show_status(&opt, l.conn, &g);
    failed = 0;
  } else {
    failed = query(opt.query);
  }
  quit();
  return failed;
}

int main(int argc, char **argv)
{
  tlsql_context *ctx;
  int failed;
  if (options_help(argc, argv, client_help)) return 0;
  ctx = client_configure(argc, argv, &opt, &why);
  transcript = opt.transcript;
  l.fd = -1;
  failed = !ctx || session(ctx);
  if (failed) option_error(&why);
  if (l.fd >= 0) close(l.fd);
  tlsql_conn_free(l.conn);
  tlsql_context_free(ctx);
  return failed;
}
