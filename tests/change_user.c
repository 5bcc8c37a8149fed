/* change_user.c - the example client with COM_CHANGE_USER between its login and its query, which
 * tests/accounts.sh runs.
 *
 *   change_user USER PASSWORD OPTION...
 */
#define main client_main
#include "client.c"
#undef main

/* Becomes another user, by the scramble of the greeting. */
static int change_user(const tlsql_greeting *g, const char *user, const char *password)
{
  uint8_t buf[1024];
  struct writer w = write_to(buf, sizeof buf);
  struct auth a;
  struct text scramble, answer;
  struct packet p;
  int state;

  memset(&a, 0, sizeof a);
  a.password = password;
  a.conn = l.conn;
  scramble.at = g->auth_data;
  scramble.len = g->auth_data_len;
  if (auth_first(&a, text_of(NATIVE_PLUGIN), scramble, &answer, &why)) return 1;
  packet_begin(&w, 0);
  write_int(&w, COM_CHANGE_USER, 1);
  write_string(&w, user);
  write_int(&w, answer.len, 1);
  write_bytes(&w, answer.at, answer.len);
  write_string(&w, "");
  write_int(&w, 45, 2);
  write_string(&w, a.plugin);
  packet_end(&w);
  sequence = 1;
  do {
    if (transmit(&w) || receive(&p)) return 1;
    w = write_to(buf, sizeof buf);
    state = auth_next(&a, &p, &w, &why);
    if (w.len) sequence++;
  } while (state == AUTH_GOES_ON);
  if (state == AUTH_DONE && p.len > 7) return fail(2000, "A proof after COM_CHANGE_USER");
  return state != AUTH_DONE;
}

int main(int argc, char **argv)
{
  tlsql_greeting g;
  tlsql_context *ctx;
  tlsql_error kept;
  int failed;

  if (argc < 4) return 2;
  ctx = client_configure(argc - 2, argv + 2, &opt, &why);
  failed = !ctx || tlsql_client_new(ctx, &l.conn, &why) ||
           (l.fd = net_connect(opt.host, opt.port, NULL, opt.timeout_ms)) < 0 ||
           upgrade(ctx, &g) || login(&g);
  if (failed) {
    fputs("before: ", stderr);
  } else if ((failed = change_user(&g, argv[1], argv[2])) != 0) {
    kept = why;
    fputs(query(opt.query) ? "closed: " : "goes on: ", stderr);
    why = kept;
  } else {
    failed = query(opt.query);
  }
  if (failed) option_error(&why);
  tlsql_conn_free(l.conn);
  tlsql_context_free(ctx);
  return failed;
}
