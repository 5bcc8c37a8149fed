/* statements.c - the example client with more than one statement in its session, each a line of stdin,
 * which tests/reload.sh runs.  It goes on behind an error, as `mysql --force` does.
 *
 *   statements OPTION...
 */
#define main client_main
#include "client.c"
#undef main

int main(int argc, char **argv)
{
  char line[1024];
  tlsql_greeting g;
  tlsql_context *ctx = client_configure(argc, argv, &opt, &why);
  int failed = !ctx || tlsql_client_new(ctx, &l.conn, &why) ||
               (l.fd = net_connect(opt.host, opt.port, NULL, opt.timeout_ms)) < 0 ||
               upgrade(ctx, &g) || login(&g);
  if (failed) option_error(&why);
  while (!failed && fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!query(line)) continue;
    fflush(stdout);
    option_error(&why);
    memset(&why, 0, sizeof why);
  }
  tlsql_conn_free(l.conn);
  tlsql_context_free(ctx);
  return failed;
}
