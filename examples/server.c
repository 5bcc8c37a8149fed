/* server.c - a small MySQL server that offers TLS: greeting, upgrade, login, a few statements; all
 * connections on one poll().  The options are those of mysqld.
 *
 *   server --port=3306 --ssl-ca=ca.pem --ssl-cert=server-cert.pem --ssl-key=server-key.pem
 *   server --defaults-file=my.cnf
 *   server --datadir=data              certificates are made there if it has none
 */
#define _POSIX_C_SOURCE 200809L
#include "session.h"
#include "change_user.h"
#include "net.h"
#include "reload.h"
#include "server_options.h"
#include "sql.h"

#define SESSIONS 151u                       /* max_connections; one more is told so */

static struct session sessions[SESSIONS];
static struct account *accounts;
static tlsql_context *ctx;
static uint32_t last_id;

/* Answers one command. */
static void command(struct session *s, const struct packet *p)
{
  struct reader r = read_from(p->payload, p->len);
  uint64_t what = read_int(&r, 1);
  struct text rest = read_bytes(&r, r.left);

  if (p->sequence != 0) {
    refuse(s, 1156, "08S01", "Got packets out of order");
    return;
  }
  switch (what) {
  case COM_QUIT:
    s->stage = LEAVING;
    return;
  case COM_QUERY:
    if (!reload_answer(s, rest)) sql_answer(s, rest);
    return;
  case COM_INIT_DB:
    text_copy(s->database, sizeof s->database, rest);
    reply_ok(&s->reply, 0);
    return;
  case COM_CHANGE_USER:
    change_user(s, accounts, rest);
    return;
  case COM_SET_OPTION:
    reply_end(&s->reply);
    return;
  case COM_PING:
  case COM_RESET_CONNECTION:
    reply_ok(&s->reply, 0);
    return;
  case COM_STMT_PREPARE:
    reply_error(&s->reply, 1295, "HY000", "This command is not supported in the prepared statement "
                "protocol yet%s", "");
    return;
  default:
    reply_error(&s->reply, 1047, "08S01", "Unknown command%s", "");
    return;
  }
}

/* ---- a session ------------------------------------------------------------------ */

/* Answers one packet; the answer is what the link sends next. */
static void answer(struct session *s, const struct packet *p)
{
  int in_order = s->stage == LOGIN || s->stage == COMMAND || p->sequence == s->reply.sequence;

  free(s->reply.out.at);
  s->reply.out = write_growing(REPLY_SIZE);
  s->reply.sequence = (uint8_t)(p->sequence + 1);
  if (!in_order) refuse(s, 1156, "08S01", "Got packets out of order");
  else if (s->stage == LOGIN) log_in(s, p);
  else if (s->stage == SWITCHED) check(s, packet_text(p));
  else if (s->stage == FULL) log_in_full(s, p);
  else command(s, p);
  if (s->reply.out.bad) {
    free(s->reply.out.at);
    s->reply.out = write_growing(REPLY_SIZE);
    s->reply.sequence = (uint8_t)(p->sequence + 1);
    reply_error(&s->reply, 1301, "HY000", "The result is larger than %s", "max_allowed_packet");
  }
  s->link.app = s->reply.out.at;
  s->link.app_len = s->reply.out.len;
}

static void release(struct session *s)
{
  close(s->link.fd);
  wipe(s->link.plain, sizeof s->link.plain);
  tlsql_conn_free(s->link.conn);
  free(s->reply.out.at);
  s->stage = UNUSED;
}

/* Begins to close: what is queued, such as an alert or an ERR packet, is still sent. */
static void finish(struct session *s)
{
  s->stage = CLOSING;
  s->deadline = time(NULL) + LINGER_SECONDS;
}

/* Waits for the peer to close, for LINGER_SECONDS at most: close() with bytes of the peer unread
 * would reset the connection, and the peer might lose what was sent last. */
static void linger(struct session *s)
{
  uint8_t ignored[4096];
  ssize_t n;
  int reads = 0;                            /* a peer that sends on and on must not keep the others */
  if (s->stage != LINGER) shutdown(s->link.fd, SHUT_WR);
  s->stage = LINGER;
  do n = recv(s->link.fd, ignored, sizeof ignored, 0); while (n > 0 && ++reads < 16);
  if (n > 0) return;
  if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) release(s);
}

/* Goes on with a session until it has to wait. */
static void serve(struct session *s)
{
  struct link *l = &s->link;
  while (s->stage != LINGER) {
    struct packet p;
    size_t size;
    tlsql_code rc = link_run(l);
    if (rc && s->stage != CLOSING) {
      tlsql_error e;
      memset(&e, 0, sizeof e);
      e.struct_size = sizeof e;
      tlsql_conn_explain(l->conn, rc, &e);
      log_line(s, e.message, tlsql_code_name(rc));
      finish(s);
    }
    if (link_pending(l)) return;
    if (s->stage == CLOSING) break;
    if (l->app_len) return;
    if (s->stage == LEAVING) {
      (void)tlsql_conn_close(l->conn);                      /* the next step reports a failure */
      finish(s);
      continue;
    }
    size = packet_get(l->plain + l->plain_at, l->plain_end - l->plain_at, &p);
    if (size) {
      l->plain_at += size;
      answer(s, &p);
    } else if (l->no_more) {
      break;
    } else if (l->plain_end - l->plain_at > sizeof l->plain - TLSQL_APP_OUT_SIZE) {
      log_line(s, "a packet is bigger than max_allowed_packet", "");
      break;
    } else {
      return;
    }
  }
  linger(s);
}

/* Accepts a connection and refuses it: an ERR packet in place of the greeting, without a SQLSTATE,
 * as nothing is known of the client.  It has sent nothing, so nothing unread can reset it. */
static void turn_away(int listener)
{
  char address[64];
  uint8_t packet[128];
  tlsql_error e;
  size_t len = 0;
  int fd = net_accept(listener, address, sizeof address);

  if (fd < 0) return;
  memset(&e, 0, sizeof e);
  e.struct_size = sizeof e;
  e.mysql_errno = 1040;
  strcpy(e.sqlstate, "08004");
  strcpy(e.message, "Too many connections");
  log_write(0, "Note", "a connection from %s: %s", address, e.message);
  if (!tlsql_error_packet(&e, 0, 0, packet, sizeof packet, &len))
    (void)!send(fd, packet, len, MSG_NOSIGNAL);
  close(fd);
}

/* Accepts a connection and queues its greeting. */
static void welcome(int listener, const char *transport)
{
  size_t i = 0;
  struct session *s;
  tlsql_error why;
  tlsql_code rc;

  while (i < SESSIONS && sessions[i].stage != UNUSED) i++;
  if (i == SESSIONS) {
    turn_away(listener);
    return;
  }
  s = &sessions[i];
  memset(s, 0, sizeof *s);
  if ((s->link.fd = net_accept(listener, s->address, sizeof s->address)) < 0) return;
  s->id = ++last_id;
  s->ctx = ctx;
  s->account = accounts;
  s->stage = LOGIN;
  s->deadline = time(NULL) + LOGIN_SECONDS;
  memset(&why, 0, sizeof why);
  why.struct_size = sizeof why;
  rc = tlsql_server_new(ctx, &s->link.conn, &why);
  if (!rc)
    rc = tlsql_conn_set(s->link.conn, TLSQL_STR("transport"), transport, strlen(transport), &why);
  if (!rc) rc = greet(s);
  if (!rc) {
    serve(s);
    return;
  }
  if (why.code != rc) tlsql_code_info(rc, &why);
  log_line(s, why.message, tlsql_code_name(rc));
  release(s);
}

/* Serves all of them until poll() fails. */
static void serve_all(const int *listeners)
{
  static const char *const transports[] = { "tcp", "unix" };
  struct pollfd p[SESSIONS + 2];
  for (;;) {
    size_t i;
    time_t now;
    for (i = 0; i < SESSIONS; i++) {
      const struct session *s = &sessions[i];
      p[i].fd = s->stage == UNUSED ? -1 : s->link.fd;
      p[i].events = s->stage == LINGER ? POLLIN : link_events(&s->link);
      p[i].revents = 0;
    }
    for (i = 0; i < 2; i++) {
      p[SESSIONS + i].fd = listeners[i];
      p[SESSIONS + i].events = POLLIN;
      p[SESSIONS + i].revents = 0;
    }
    if (poll(p, SESSIONS + 2, 1000) < 0 && errno != EINTR) return;
    reload_if_asked();
    now = time(NULL);
    for (i = 0; i < SESSIONS; i++) {
      struct session *s = &sessions[i];
      if (s->stage == UNUSED || !(p[i].revents || s->deadline)) continue;
      if (s->deadline && now > s->deadline) {               /* also of a peer that sends bytes */
        release(s);
        continue;
      }
      if (p[i].revents & (POLLIN | POLLHUP | POLLERR) && s->stage != LINGER) link_fill(&s->link);
      if (p[i].revents) serve(s);
    }
    for (i = 0; i < 2; i++)
      if (p[SESSIONS + i].revents & POLLIN) welcome(listeners[i], transports[i]);
  }
}

/* Writes the number of this process to a file; without a path does nothing. */
static int write_pid(const char *path)
{
  FILE *f = path ? fopen(path, "w") : NULL;
  int good = !path || (f && fprintf(f, "%ld\n", (long)getpid()) > 0);
  return !(f && fclose(f)) && good;
}

int main(int argc, char **argv)
{
  static struct server_options opt;
  struct account *a;
  int listeners[2] = { -1, -1 }, i;
  tlsql_error why;

  if (options_help(argc, argv, server_help)) return 0;
  memset(&why, 0, sizeof why);
  why.struct_size = sizeof why;
  ctx = server_configure(argc, argv, &opt, &why);
  if (!ctx) {
    option_error(&why);
    tlsql_builder_free(opt.builder);
    return 1;
  }
  accounts = opt.accounts;
  reload_prepare(ctx, opt.builder);
  if ((listeners[0] = net_listen(opt.address, &opt.port)) < 0 ||
      (opt.socket && (listeners[1] = net_listen_unix(opt.socket)) < 0)) {
    perror("server: cannot listen");
  } else if (!write_pid(opt.pid_file)) {
    perror(opt.pid_file);
  } else {
    for (a = accounts; a; a = a->next) {
      a->port = opt.port;
      a->socket = opt.socket ? opt.socket : "";
    }
    printf("listening on %s:%u\n", opt.address, opt.port);
    fflush(stdout);
    serve_all(listeners);
    perror("server: cannot wait");
  }
  for (i = 0; i < (int)SESSIONS; i++)
    if (sessions[i].stage != UNUSED) release(&sessions[i]);
  for (i = 0; i < 2; i++)
    if (listeners[i] >= 0) close(listeners[i]);
  for (a = accounts; a; a = a->next) tlsql_account_free(a->require);
  tlsql_context_free(ctx);
  tlsql_builder_free(opt.builder);
  return 1;
}
