/* unproven_server.c - a server that the client knows nothing of: TLS with a certificate of any CA,
 * and a login that asks for what an impostor would like to have.  For each connection it prints what
 * came: the plugin and the size of the first answer, the bytes behind the login, and whether the
 * password was among them.  tests/programs.sh runs it.
 *
 *   unproven_server CERTIFICATES REQUEST      one of those in main()
 */
#define _POSIX_C_SOURCE 200809L
#include "../c-tests/pair.h"
#undef CLIENT_SSL                           /* both have it */
#include "session.h"
#include "net.h"

#define PASSWORD "secret"

static struct session s;
static tlsql_context *server_context;
static uint8_t stored[LOGIN_NATIVE_SIZE];

/* Receives a packet; returns 0 if the client went away. */
static int receive(struct packet *p)
{
  struct link *l = &s.link;
  for (;;) {
    tlsql_code rc = link_run(l);
    size_t size = packet_get(l->plain + l->plain_at, l->plain_end - l->plain_at, p);
    if (size) {
      l->plain_at += size;
      return 1;
    }
    if ((rc && !link_pending(l)) || l->no_more) return 0;
    if (!link_wait(l, 10000)) return 0;
  }
}

/* Sends what stands in the reply. */
static void transmit(void)
{
  struct link *l = &s.link;
  l->app = s.reply.out.at;
  l->app_len = s.reply.out.len;
  while (!link_run(l) && (l->app_len || link_pending(l)))
    if (!link_wait(l, 10000)) break;
}

static void ask_for(const char *plugin)
{
  packet_begin(&s.reply.out, s.reply.sequence++);
  write_int(&s.reply.out, 0xfe, 1);
  write_string(&s.reply.out, plugin);
  write_bytes(&s.reply.out, s.scramble, sizeof s.scramble);
  write_zeros(&s.reply.out, 1);
  packet_end(&s.reply.out);
}

/* Writes OK with a text as MariaDB does: its length is before it, and nothing where it is empty. */
static void ok_with(const char *text)
{
  packet_begin(&s.reply.out, s.reply.sequence++);
  write_zeros(&s.reply.out, 3);
  write_int(&s.reply.out, 2, 2);
  write_zeros(&s.reply.out, 2);
  if (*text) write_text(&s.reply.out, text_of(text));
  packet_end(&s.reply.out);
}

/* Writes the text of a server that knows the password: what a client of the engine waits for. */
static void true_proof(char text[66])
{
  const char *options[] = { "tlsql_peer_proof", "ON", NULL };
  tlsql_context *ctx = context_of(TLSQL_CLIENT, options);
  size_t n = 0;
  pair p;
  pair_secure(&p, ctx, server_context);
  text[0] = 1;
  CHECK_CODE(tlsql_conn_peer_proof(p.c.conn, stored, sizeof stored, s.scramble, sizeof s.scramble,
                                   text + 1, 65, &n), TLSQL_OK);
  pair_free(&p);
  tlsql_context_free(ctx);
}

static int holds_password(const struct packet *p)
{
  size_t i, len = strlen(PASSWORD);
  for (i = 0; i + len <= p->len; i++)
    if (memcmp(p->payload + i, PASSWORD, len) == 0) return 1;
  return 0;
}

/* Serves one client. */
static void serve(int listener, const char *request)
{
  static struct account account = { .user = "app", .password = PASSWORD };
  uint8_t buf[1024];
  char address[64], text[67], plugin[64] = "";
  struct packet p;
  struct reader r;
  struct text answer;
  size_t more = 0;
  int clear;

  account.plugin = strncmp(request, "sha2", 4) == 0 ? SHA2_PLUGIN : NATIVE_PLUGIN;
  memset(&s, 0, sizeof s);
  memset(text, 0, sizeof text);
  s.account = &account;
  while ((s.link.fd = net_accept(listener, address, sizeof address)) < 0) poll(NULL, 0, 10);
  CHECK_CODE(tlsql_server_new(server_context, &s.link.conn, NULL), TLSQL_OK);
  CHECK_CODE(greet(&s), TLSQL_OK);
  if (strcmp(request, "refuse") == 0) {
    s.reply.out = write_to(buf, sizeof buf);
    s.reply.sequence = 2;
    s.reply.capabilities = CLIENT_PROTOCOL_41;
    reply_error(&s.reply, 1040, "08004", "Too many connections%s", "");
    transmit();
  }
  if (strcmp(request, "refuse") != 0 && receive(&p)) {
    clear = holds_password(&p);
    r = read_from(p.payload, p.len);
    read_bytes(&r, 32);
    read_string(&r);
    answer = read_bytes(&r, read_int(&r, 1));
    text_copy(plugin, sizeof plugin, read_string(&r));
    s.reply.out = write_to(buf, sizeof buf);
    s.reply.sequence = (uint8_t)(p.sequence + 1);
    s.reply.capabilities = CLIENT_PROTOCOL_41;
    if (strcmp(request, "ok") == 0) {
      ok_with("");
    } else if (strcmp(request, "lie") == 0) {
      true_proof(text);
      text[64] = text[64] == '0' ? '1' : '0';
      ok_with(text);
    } else if (strcmp(request, "proof") == 0) {
      true_proof(text);
      ok_with(text);
    } else if (strcmp(request, "sha2-full") == 0) {
      packet_begin(&s.reply.out, s.reply.sequence++);
      write_int(&s.reply.out, 0x0401, 2);
      packet_end(&s.reply.out);
    } else if (strcmp(request, "sha2") == 0) {
      ask_for(SHA2_PLUGIN);
    } else {
      ask_for(request);
    }
    transmit();
    while (receive(&p)) {
      clear |= holds_password(&p);
      more += 4 + p.len;
      s.reply.out = write_to(buf, sizeof buf);
      s.reply.sequence = (uint8_t)(p.sequence + 1);
      ok_with("");
      if (p.len != 1 || p.payload[0] != COM_QUIT) transmit();
    }
    printf("%s: login %s %u, then %u bytes, %s\n", request, plugin, (unsigned)answer.len,
           (unsigned)more, clear ? "THE PASSWORD IN CLEAR" : "no password");
  } else {
    printf("%s: no login\n", request);
  }
  fflush(stdout);
  close(s.link.fd);
  tlsql_conn_free(s.link.conn);
}

/* REQUEST: refuse (1040 in TLS, before the login), ok, lie (a wrong proof), proof (the right one), sha2 (caching_sha2_password in greeting
 * and switch), sha2-full (its full authentication), or the name of a plugin to switch to. */
int main(int argc, char **argv)
{
  const char *options[] = { "ssl-cert", "@server-cert.pem", "ssl-key", "@server-key.pem", NULL };
  unsigned port = 0;
  int listener;

  if (argc != 3) return 2;
  certs = argv[1];
  server_context = context_of(TLSQL_SERVER, options);
  CHECK(!login_native_stored((const uint8_t *)PASSWORD, strlen(PASSWORD), stored, sizeof stored));
  if ((listener = net_listen("127.0.0.1", &port)) < 0) return 1;
  printf("listening on 127.0.0.1:%u\n", port);
  fflush(stdout);
  for (;;) serve(listener, argv[2]);
}
