/* adapter.c - tlsql in a client library that already exists: the library reads the greeting and
 * writes the SSLRequest itself, on a blocking socket, and calls tls_connect(), tls_read() and
 * tls_write() for TLS.  Logs in and runs one query.  The options are those of the mysql program.
 *
 *   adapter --host=H --user=U --password=P --ssl-mode=VERIFY_IDENTITY --ssl-ca=ca.pem -e 'SELECT 1'
 */
#define _POSIX_C_SOURCE 200809L
#include "auth.h"
#include "client_options.h"
#include "net.h"
#include "rows.h"

/* ---- the adapter: what to paste ------------------------------------------- */
struct tls {
  int fd;                                   /* the library's own blocking socket */
  int eof;                                  /* recv() found the end of the peer's bytes */
  tlsql_conn *conn;
  uint8_t in[TLSQL_WIRE_IN_SIZE];           /* from the peer, not used yet: [at, end) */
  size_t at, end;
  const uint8_t *plain;                     /* plaintext, not read yet: in `in`, before `at` */
  size_t plain_len;
};

/* Makes one step and sends all that it wrote; after a failure all that tells the peer of it. */
static tlsql_code tls_step(struct tls *t, const uint8_t *app, size_t app_len, size_t room,
                           tlsql_step *s)
{
  uint8_t out[TLSQL_WIRE_OUT_SIZE];
  tlsql_code rc;

  do {
    size_t sent = 0;
    memset(s, 0, sizeof *s);
    s->struct_size = sizeof *s;
    rc = tlsql_conn_step(t->conn, t->in + t->at, t->end - t->at, out, sizeof out, app, app_len,
                         NULL, room, s);
    if (s->view_len) {
      t->plain = t->in + t->at + s->view_off;
      t->plain_len = s->view_len;
    }
    t->at += s->wire_in_used;
    while (sent < s->wire_out_made) {
      ssize_t n = send(t->fd, out + sent, s->wire_out_made - sent, MSG_NOSIGNAL);
      if (n > 0) sent += (size_t)n;
      else if (errno != EINTR) return rc ? rc : TLSQL_E_EOF;
    }
  } while (rc && (s->want & TLSQL_WANT_WIRE_OUT));
  return rc;
}

/* Waits until the peer sent something.  The bytes of `in` move, so no plaintext may be left. */
static tlsql_code tls_fill(struct tls *t)
{
  tlsql_step s;
  ssize_t n;
  memmove(t->in, t->in + t->at, t->end - t->at);
  t->end -= t->at;
  t->at = 0;
  do n = recv(t->fd, t->in + t->end, sizeof t->in - t->end, 0); while (n < 0 && errno == EINTR);
  if (n > 0) {
    t->end += (size_t)n;
    return TLSQL_OK;
  }
  t->eof = 1;
  if (tlsql_conn_eof(t->conn, t->end - t->at) == TLSQL_OK) return TLSQL_OK;
  return tls_step(t, NULL, 0, 0, &s);                       /* the failure, and what it wrote */
}

static int tls_moved(const tlsql_step *s)
{
  return s->wire_in_used || s->wire_out_made || s->app_in_used || s->events;
}

/* Does the TLS handshake; the library's SSLRequest was sent right before. */
static tlsql_code tls_connect(struct tls *t)
{
  for (;;) {
    tlsql_step s;
    tlsql_code rc = tls_step(t, NULL, 0, TLSQL_ANY_ROOM, &s);
    if (rc) return rc;
    if (s.want & TLSQL_WANT_APP_IN) return TLSQL_OK;
    if (!tls_moved(&s) && (rc = tls_fill(t)) != TLSQL_OK) return rc;
  }
}

/* Reads at least a byte; returns 0 when the peer has closed, or a negative TLSQL_E_ number. */
static ssize_t tls_read(struct tls *t, void *buf, size_t len)
{
  while (!t->plain_len) {
    tlsql_step s;
    tlsql_code rc = tls_step(t, NULL, 0, TLSQL_ANY_ROOM, &s);
    if (rc) return rc;
    if (t->plain_len || tls_moved(&s)) continue;
    if (t->eof || tlsql_conn_peer_closed(t->conn)) return 0;
    if ((rc = tls_fill(t)) != TLSQL_OK) return rc;
  }
  if (len > t->plain_len) len = t->plain_len;
  memcpy(buf, t->plain, len);
  t->plain += len;
  t->plain_len -= len;
  return (ssize_t)len;
}

/* Writes all of buf, or returns a negative TLSQL_E_.  The step gets no room for plaintext: what
 * tls_read() has not returned yet stays as it is. */
static ssize_t tls_write(struct tls *t, const void *buf, size_t len)
{
  const uint8_t *app = (const uint8_t *)buf;
  size_t left = len;
  while (left > 0) {
    tlsql_step s;
    tlsql_code rc = tls_step(t, app, left, 0, &s);
    if (rc) return rc;
    app += s.app_in_used;
    left -= s.app_in_used;
  }
  return (ssize_t)len;
}

/* Sends close_notify; no answer is awaited. */
static void tls_close(struct tls *t)
{
  tlsql_step s;
  if (tlsql_conn_close(t->conn) == TLSQL_OK) tls_step(t, NULL, 0, 0, &s);
}

/* ---- the library that was there before --------------------------------------- */
static struct tls tls;
static struct client_options opt;
static tlsql_error why;
static int encrypted;                                       /* bytes go through `tls` now */
static uint8_t buf[(1u << 24) + 4];                         /* received, not used yet: [at, end) */
static size_t at, end;

/* Records a failure of the engine, and returns 1. */
static int fail(tlsql_code rc)
{
  why.struct_size = sizeof why;
  tlsql_conn_explain(tls.conn, rc, &why);
  return 1;
}

static int transmit(const struct writer *w)
{
  size_t sent = 0;
  if (w->bad) return auth_fail(&why, 2000, "An option is too long for this program%s", "");
  while (sent < w->len) {
    ssize_t n = encrypted ? tls_write(&tls, w->at + sent, w->len - sent)
                          : send(tls.fd, w->at + sent, w->len - sent, MSG_NOSIGNAL);
    if (n < 0 && !encrypted && errno == EINTR) continue;
    if (n <= 0) return fail(encrypted && n ? (tlsql_code)n : TLSQL_E_EOF);
    sent += (size_t)n;
  }
  return 0;
}

static int receive(struct packet *p)
{
  size_t size;
  while ((size = packet_get(buf + at, end - at, p)) == 0) {
    ssize_t n;
    if (at > 0 && (at == end || end == sizeof buf)) {
      memmove(buf, buf + at, end - at);
      end -= at;
      at = 0;
    }
    if (end == sizeof buf)
      return auth_fail(&why, 2020, "Got packet bigger than '%s' bytes", "max_allowed_packet");
    n = encrypted ? tls_read(&tls, buf + end, sizeof buf - end)
                  : recv(tls.fd, buf + end, sizeof buf - end, 0);
    if (n < 0 && !encrypted && errno == EINTR) continue;
    if (n <= 0) return fail(encrypted && n ? (tlsql_code)n : TLSQL_E_EOF);
    end += (size_t)n;
  }
  at += size;
  return 0;
}

/* Passes on the greeting that was read and the bytes behind it; upgrades if ssl-mode says so. */
static int upgrade(const struct packet *greeting, tlsql_greeting *g, tlsql_request *req)
{
  uint8_t first[36];
  struct writer w = write_to(first, sizeof first);
  tlsql_code rc = tlsql_client_greeting_read(tls.conn, greeting->payload, greeting->len,
                                             greeting->sequence, buf + at, end - at);
  if (!rc) rc = tlsql_conn_greeting(tls.conn, g);
  if (rc) return fail(rc);
  req->capabilities |= g->capabilities & CLIENT_PLUGIN_AUTH;
  if (!tlsql_conn_will_use_tls(tls.conn)) {                 /* ssl-mode allows it, or rc were set */
    rc = tlsql_client_request_sent(tls.conn, req);          /* the login that follows */
    return rc ? fail(rc) : 0;
  }
  req->capabilities |= CLIENT_SSL;
  packet_begin(&w, tlsql_conn_sequence(tls.conn));
  write_int(&w, req->capabilities, 4);
  write_int(&w, req->max_packet, 4);
  write_int(&w, req->charset, 1);
  write_zeros(&w, 19);
  write_int(&w, req->mariadb_capabilities, 4);
  packet_end(&w);
  if (transmit(&w)) return 1;
  net_let_read(tls.fd);
  if ((rc = tlsql_client_request_sent(tls.conn, req)) != TLSQL_OK) return fail(rc);
  if ((rc = tls_connect(&tls)) != TLSQL_OK) return fail(rc);
  encrypted = 1;
  return 0;
}

static int log_in(void)
{
  uint8_t out[1024];
  struct writer w = write_to(out, sizeof out);
  struct auth a;
  struct text plugin, scramble, answer;
  struct packet p;
  tlsql_greeting g;
  tlsql_request req;
  int state;

  memset(&a, 0, sizeof a);
  memset(&g, 0, sizeof g);
  memset(&req, 0, sizeof req);
  g.struct_size = sizeof g;
  req.struct_size = sizeof req;
  req.capabilities = CLIENT_LONG_PASSWORD | CLIENT_LONG_FLAG | CLIENT_PROTOCOL_41 |
                     CLIENT_TRANSACTIONS | CLIENT_SECURE_CONNECTION;
  req.max_packet = 1u << 24;
  req.charset = 45;                                         /* utf8mb4_general_ci */
  if (receive(&p) || upgrade(&p, &g, &req)) return 1;
  plugin.at = g.auth_plugin;
  plugin.len = g.auth_plugin_len;
  scramble.at = g.auth_data;
  scramble.len = g.auth_data_len;
  a.password = opt.password;
  a.conn = tls.conn;
  if (auth_first(&a, plugin, scramble, &answer, &why)) return 1;
  write_login(&w, tlsql_conn_sequence(tls.conn), &req, opt.user, answer, "", a.plugin);
  do {
    if (transmit(&w) || receive(&p)) return 1;
    w = write_to(out, sizeof out);
    state = auth_next(&a, &p, &w, &why);
  } while (state == AUTH_GOES_ON);
  return state != AUTH_DONE;
}

static int query(const char *sql)
{
  static uint8_t out[65536];
  struct writer w = write_to(out, sizeof out);
  struct packet p;
  uint64_t columns, i;

  packet_begin(&w, 0);
  write_int(&w, COM_QUERY, 1);
  write_bytes(&w, sql, strlen(sql));
  packet_end(&w);
  if (transmit(&w) || receive(&p)) return 1;
  if (packet_is_error(&p)) return read_error(&p, &why), 1;
  if (packet_is_ok(&p)) return 0;
  columns = rows_columns(&p);
  for (i = 1; i <= columns; i++) {
    if (receive(&p)) return 1;
    if (!rows_name(&p, i < columns ? '\t' : '\n', !opt.no_names)) columns = 0;
  }
  if (columns && receive(&p)) return 1;                     /* EOF */
  while (columns > 0) {
    if (receive(&p)) return 1;
    if (packet_is_error(&p)) return read_error(&p, &why), 1;
    if (packet_is_end(&p)) return 0;
    if (!rows_row(&p, columns)) columns = 0;
  }
  auth_fail(&why, 2027, "Malformed packet%s", "");
  return 1;
}

/* Sends COM_QUIT: a server counts a client that closes without it as aborted.  A failure to send it
 * is none of the program. */
static void quit(void)
{
  tlsql_error kept = why;
  uint8_t out[5];
  struct writer w = write_to(out, sizeof out);
  packet_begin(&w, 0);
  write_int(&w, COM_QUIT, 1);
  packet_end(&w);
  (void)transmit(&w);
  why = kept;
}

static int fail_to_connect(void)
{
  const char *reason = strerror(errno);
  auth_fail(&why, 2003, "Can't connect to MySQL server on '%s'", opt.host);
  snprintf(why.message + strlen(why.message), sizeof why.message - strlen(why.message), " (%s)",
           reason);
  return 1;
}

static int session(const tlsql_context *ctx)
{
  int failed;
  tlsql_code rc = tlsql_client_new(ctx, &tls.conn, &why);
  if (rc) return 1;
  rc = tlsql_conn_set(tls.conn, TLSQL_STR("host"), opt.host, strlen(opt.host), &why);
  if (!rc && opt.socket)
    rc = tlsql_conn_set(tls.conn, TLSQL_STR("transport"), TLSQL_STR("unix"), &why);
  if (!rc && opt.verify_name)
    rc = tlsql_conn_set(tls.conn, TLSQL_STR("verify_name"), opt.verify_name,
                        strlen(opt.verify_name), &why);
  if (rc) return 1;
  tls.fd = net_connect(opt.host, opt.port, opt.socket, opt.timeout_ms);
  if (tls.fd < 0 || net_nonblocking(tls.fd, 0))
    return fail_to_connect();
  if (log_in()) return 1;
  failed = query(opt.query);
  quit();
  tls_close(&tls);
  if (!failed)
    fprintf(stderr, "TLS: %s\n", encrypted ? tlsql_conn_cipher_name(tls.conn) : "none");
  return failed;
}

int main(int argc, char **argv)
{
  tlsql_context *ctx;
  int failed;
  if (options_help(argc, argv, client_help)) return 0;
  ctx = client_configure(argc, argv, &opt, &why);
  tls.fd = -1;
  failed = !ctx || session(ctx);
  if (failed) option_error(&why);
  if (tls.fd >= 0) close(tls.fd);
  tlsql_conn_free(tls.conn);
  tlsql_context_free(ctx);
  return failed;
}
