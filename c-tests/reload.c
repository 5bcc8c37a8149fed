/* Contexts whose settings are replaced while threads make connections, and a link is switched from
 * one set of files to the other. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/stat.h>
#include "pair.h"

#define THREADS 3

static tlsql_context *client_context, *server_context;
static long rounds = 1000, connections;
static int stop;
static long pause_ns = 1000000;               /* between two switches: what a reload took, 1 ms at least */
static char dir[] = "/tmp/tlsql-reload-XXXXXX";

/* The path of a file in DIR, in memory of the block that asks: several threads do. */
#define PLACE(name) place((char[700]){ 0 }, (name))
static const char *place(char *buf, const char *name)
{
  snprintf(buf, 700, "%s/%s", dir, name);
  return buf;
}

/* DIR/SET/cert.pem and key.pem, links to a certificate of the tests and its key. */
static void make_set(const char *set, const char *name)
{
  char target[700], link[64];
  CHECK_EQ(mkdir(PLACE(set), 0700), 0);
  for (int i = 0; i < 2; i++) {
    const char *what = i ? "key" : "cert";
    snprintf(target, sizeof target, "%s/%s-%s.pem", certs, name, what);
    snprintf(link, sizeof link, "%s/%s.pem", set, what);
    CHECK_EQ(symlink(target, PLACE(link)), 0);
  }
}

static void switch_to(const char *set)
{
  CHECK_EQ(symlink(set, PLACE("new")), 0);
  CHECK_EQ(rename(PLACE("new"), PLACE("data")), 0);
}

static tlsql_builder *builder_of(uint32_t role)
{
  static const char *const client[] = {
    "ssl-mode", "VERIFY_IDENTITY", "ssl-ca", "@ca.pem", NULL
  };
  const char *const server[] = {
    "ssl-ca", "@ca.pem", "ssl-cert", PLACE("data/cert.pem"), "ssl-key", PLACE("data/key.pem"), NULL
  };
  const char *const *options = role == TLSQL_CLIENT ? client : server;
  tlsql_builder *b = NULL;
  CHECK_CODE(tlsql_builder_new(role, &b), TLSQL_OK);
  for (; *options; options += 2) CHECK_CODE(set_option(b, options[0], options[1]), TLSQL_OK);
  return b;
}

static tlsql_context *new_context(uint32_t role)
{
  tlsql_builder *b = builder_of(role);
  tlsql_context *ctx = NULL;
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  CHECK_CODE(tlsql_context_new(b, &ctx), TLSQL_OK);
  tlsql_builder_free(b);
  return ctx;
}

/* Reads the files that a builder of the same options names, and puts them in force. */
static tlsql_code reload(tlsql_context *ctx, uint32_t role, uint32_t flags, tlsql_error *why)
{
  tlsql_builder *b = builder_of(role);
  tlsql_code rc;
  (void)tlsql_builder_load_files(b);                      /* the reload repeats its failure */
  rc = tlsql_context_reload(ctx, b, flags, why);
  tlsql_builder_free(b);
  return rc;
}

static void *connect_all_the_time(void *arg)
{
  (void)arg;
  do {
    pair p;
    pair_secure(&p, client_context, server_context);      /* checks that it did not fail */
    pair_free(&p);
    __atomic_add_fetch(&connections, 1, __ATOMIC_RELAXED);
  } while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE));
  return NULL;
}

static void *switch_all_the_time(void *arg)
{
  (void)arg;
  for (long turn = 0; !__atomic_load_n(&stop, __ATOMIC_ACQUIRE); turn++) {
    long pause = __atomic_load_n(&pause_ns, __ATOMIC_RELAXED);
    struct timespec time = { pause / 1000000000, pause % 1000000000 };
    switch_to(turn % 2 ? "one" : "two");
    nanosleep(&time, NULL);
  }
  return NULL;
}

/* All options of a context, by name and value. */
static void options_of(tlsql_context *ctx, bytes *out)
{
  static const char *const names[] = {
    "ssl_mode", "ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_crl", "ssl_crlpath", "ssl_cipher",
    "tls_version", "tls_ciphersuites", "require_secure_transport", "tlsql_profile",
    "tlsql_security_level", "tlsql_strict", "tlsql_channel", "ssl_fp", "tlsql_peer_proof"
  };
  char value[900];
  size_t needed = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    tlsql_code rc =
      tlsql_context_get(ctx, names[i], strlen(names[i]), value, sizeof value, &needed);
    CHECK(rc == TLSQL_OK || rc == TLSQL_E_OPTION_NAME);
    bytes_add(out, (const uint8_t *)names[i], strlen(names[i]));
    if (!rc) bytes_add(out, (const uint8_t *)value, needed);
  }
}

static long now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void under_load(void)
{
  pthread_t threads[THREADS + 1];
  bytes before[2] = { { 0 } }, after[2] = { { 0 } };
  long taken = 0;
  options_of(client_context, &before[0]);
  options_of(server_context, &before[1]);
  for (size_t i = 0; i < THREADS; i++)
    CHECK_EQ(pthread_create(&threads[i], NULL, connect_all_the_time, NULL), 0);
  CHECK_EQ(pthread_create(&threads[THREADS], NULL, switch_all_the_time, NULL), 0);
  for (long i = 0; i < rounds; i++) {
    tlsql_error why = fresh_error();
    long before_ns = now_ns(), took;
    tlsql_code rc = reload(server_context, TLSQL_SERVER, 0, &why);
    took = now_ns() - before_ns;
    __atomic_store_n(&pause_ns, took > 1000000 ? took : 1000000, __ATOMIC_RELAXED);
    /* The link was switched each of three times that the files were read. */
    if (rc) CHECK_CODE(rc, TLSQL_E_FILE);
    else taken++;
    CHECK_EQ(why.code, rc);
    CHECK_CODE(reload(client_context, TLSQL_CLIENT, 0, NULL), TLSQL_OK);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
  for (size_t i = 0; i <= THREADS; i++) pthread_join(threads[i], NULL);
  CHECK(taken > 0 && connections >= THREADS);
  options_of(client_context, &after[0]);
  options_of(server_context, &after[1]);
  for (int i = 0; i < 2; i++) {
    CHECK(before[i].len > 0 && bytes_equal(&before[i], &after[i]));
    bytes_free(&before[i]);
    bytes_free(&after[i]);
  }
  printf("%ld reloads of each end, %ld of the server's taken, %ld connections\n", rounds, taken,
         connections);
}

/* What each flag takes and refuses. */
static void flags(void)
{
  tlsql_error why = fresh_error();
  tlsql_builder *b = builder_of(TLSQL_SERVER), *client = builder_of(TLSQL_CLIENT);
  CHECK_CODE(tlsql_context_reload(server_context, b, 4, &why), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_context_reload(server_context, client, 0, &why), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_context_reload(client_context, client, TLSQL_RELOAD_NO_ROLLBACK, &why),
             TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_context_reload(server_context, b, 0, &why), TLSQL_E_NOT_LOADED);
  CHECK_CODE(set_option(b, "require_secure_transport", "ON"), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(b), TLSQL_OK);
  for (uint32_t flag = 0; flag <= TLSQL_RELOAD_NO_ROLLBACK; flag += TLSQL_RELOAD_NO_ROLLBACK) {
    CHECK_CODE(tlsql_context_reload(server_context, b, flag, &why), TLSQL_E_OPTION_VALUE);
    CHECK_TEXT(why.option, "require_secure_transport");
    CHECK_EQ(why.mysql_errno, 3888);
    CHECK_EQ(why.severity, TLSQL_SEVERITY_ERROR);         /* nothing changed */
    CHECK_EQ(tlsql_context_has_tls(server_context), 1);
  }
  CHECK_CODE(tlsql_context_reload(server_context, b, TLSQL_RELOAD_OPTIONS, &why), TLSQL_OK);
  CHECK_CODE(why.code, TLSQL_OK);
  CHECK_CODE(reload(server_context, TLSQL_SERVER, TLSQL_RELOAD_OPTIONS, NULL), TLSQL_OK);
  CHECK_CODE(set_option(client, "ssl-mode", "REQUIRED"), TLSQL_OK);
  CHECK_CODE(tlsql_builder_load_files(client), TLSQL_OK);
  CHECK_CODE(tlsql_context_reload(client_context, client, TLSQL_RELOAD_OPTIONS, &why),
             TLSQL_E_OPTION_VALUE);
  CHECK_TEXT(why.option, "ssl_mode");
  CHECK_EQ(why.mysql_errno, 2026);
  tlsql_builder_free(b);
  tlsql_builder_free(client);
}

/* T122: a file that cannot be used, with and without a rollback. */
static void bad_files(void)
{
  static const char setup[] =
    "Failed to set up SSL because of the following SSL library error: ";
  tlsql_error why = fresh_error();
  pair p;
  CHECK_EQ(tlsql_context_files_changed(server_context), 0);
  CHECK_EQ(unlink(PLACE("one/key.pem")), 0);
  CHECK_EQ(tlsql_context_files_changed(server_context), 1);
  CHECK_CODE(reload(server_context, TLSQL_SERVER, 0, &why), TLSQL_E_FILE);
  CHECK_EQ(why.mysql_errno, 3888);
  CHECK_TEXT(why.sqlstate, "HY000");
  CHECK_TEXT(why.option, "ssl_key");
  CHECK(strncmp(why.message, setup, sizeof setup - 1) == 0);
  CHECK_EQ(why.fact_off, sizeof setup - 1);
  CHECK_HOLDS(why.message, "data/key.pem");
  CHECK_EQ(why.severity, TLSQL_SEVERITY_ERROR);
  CHECK_EQ(tlsql_context_has_tls(server_context), 1);
  pair_secure(&p, client_context, server_context);
  CHECK_CODE(reload(server_context, TLSQL_SERVER, TLSQL_RELOAD_NO_ROLLBACK, &why), TLSQL_E_FILE);
  CHECK_EQ(why.severity, TLSQL_SEVERITY_WARNING);
  CHECK_EQ(why.mysql_errno, 3888);
  CHECK_EQ(tlsql_context_has_tls(server_context), 0);
  end_say(&p.c, 1000, 1);                                 /* what is there goes on */
  pair_pump(&p, &wide, &wide);
  CHECK(bytes_equal(&p.s.got, &p.c.say));
  pair_free(&p);
  switch_to("two");
  CHECK_EQ(tlsql_context_files_changed(server_context), 1);
  CHECK_CODE(reload(server_context, TLSQL_SERVER, 0, &why), TLSQL_OK);
  CHECK_EQ(tlsql_context_has_tls(server_context), 1);
  CHECK_EQ(tlsql_context_files_changed(server_context), 0);
}

static void remove_all(void)
{
  static const char *const names[] = { "one/cert.pem", "one/key.pem", "two/cert.pem",
                                       "two/key.pem", "data", "new" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) (void)unlink(PLACE(names[i]));
  (void)rmdir(PLACE("one"));
  (void)rmdir(PLACE("two"));
  (void)rmdir(dir);
}

int main(int argc, char **argv)
{
  char absolute[600];
  rounds = test_arguments(argc, argv, rounds);
  if (certs[0] != '/') {                                  /* links are relative to where they are */
    char here[400];
    if (!CHECK(getcwd(here, sizeof here) != NULL)) return 1;
    snprintf(absolute, sizeof absolute, "%s/%s", here, certs);
    certs = absolute;
  }
  if (!CHECK(mkdtemp(dir) != NULL)) return 1;
  make_set("one", "server");
  make_set("two", "cn");
  switch_to("one");
  client_context = new_context(TLSQL_CLIENT);
  server_context = new_context(TLSQL_SERVER);
  under_load();
  switch_to("one");
  CHECK_CODE(reload(server_context, TLSQL_SERVER, 0, NULL), TLSQL_OK);
  flags();
  bad_files();
  tlsql_context_free(client_context);
  tlsql_context_free(server_context);
  remove_all();
  return check_report("reload");
}
