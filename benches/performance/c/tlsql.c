/* tlsql by its header alone. Its symbols come from the library that the harness loaded before. */

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tlsql.h"

/* The packet with MySQL 5.7.29's greeting; its header has 4 bytes. */
static const uint8_t GREETING[] =
  "\x4a\0\0\0\x0a" "5.7.29\0\x03\0\0\0%Nd\x1e\x04" "Epj\0\xff\xff\x08\x02\0\xff\xc1\x15"
  "\0\0\0\0\0\0\0\0\0\0E:j(,V,\x1f" "8@SB\0mysql_native_password";

/* One for all connections: it holds nothing between two calls. */
static tlsql_step result = { .struct_size = sizeof result };

static void fail(const char *what, const void *conn, tlsql_code rc)
{
  tlsql_error why = { .struct_size = sizeof why };
  if (conn) tlsql_conn_explain(conn, rc, &why);
  fprintf(stderr, "tlsql: %s: %d %s\n", what, rc, why.message);
  exit(1);
}

static void set(tlsql_builder *builder, const char *name, const char *value)
{
  tlsql_code rc;
  if (!value) return;
  rc = tlsql_builder_set(builder, name, strlen(name), value, strlen(value));
  if (rc) fail(name, NULL, rc);
}

static void fail_settings(tlsql_builder *builder, tlsql_code rc)
{
  tlsql_error why = { .struct_size = sizeof why };
  tlsql_builder_error(builder, &why);
  fprintf(stderr, "tlsql: context: %d %s\n", rc, why.message);
  exit(1);
}

/* Makes a builder with all options, and reads their files. */
static tlsql_builder *load(const struct peer_setup *setup)
{
  static const char *const tls12[] = {
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
  };
  static const char *const tls13[] = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
  };
  tlsql_builder *builder;
  tlsql_code rc = tlsql_builder_new(setup->is_server ? TLSQL_SERVER : TLSQL_CLIENT, &builder);
  if (rc) fail("builder", NULL, rc);
  if (!setup->is_server) {
    set(builder, "ssl_mode", "VERIFY_IDENTITY");
    /* Otherwise every handshake is a full one, as those of the other libraries. */
    if (!setup->resumes) set(builder, "tlsql_session_cache_size", "0");
  } else if (!setup->resumes) set(builder, "ssl_session_cache_mode", "OFF"); /* nor tickets */
  set(builder, "ssl_ca", setup->ca);
  set(builder, "ssl_crl", setup->crl);
  set(builder, "ssl_cert", setup->cert);
  set(builder, "ssl_key", setup->key);
  set(builder, "tls_version", setup->is_tls13 ? "TLSv1.3" : "TLSv1.2");
  if (setup->is_tls13) set(builder, "tls_ciphersuites", tls13[setup->suite]);
  else set(builder, "ssl_cipher", tls12[setup->suite]);
  if ((rc = tlsql_builder_load_files(builder))) fail_settings(builder, rc);
  return builder;
}

static void *context_new(const struct peer_setup *setup)
{
  tlsql_builder *builder = load(setup);
  tlsql_context *context;
  tlsql_code rc = tlsql_context_new(builder, &context);
  if (rc) fail_settings(builder, rc);
  tlsql_builder_free(builder);
  return context;
}

static void reload(void *context, const struct peer_setup *setup)
{
  tlsql_builder *builder = load(setup);
  tlsql_error why = { .struct_size = sizeof why };
  if (tlsql_context_reload(context, builder, 0, &why)) {
    fprintf(stderr, "tlsql: reload: %s\n", why.message);
    exit(1);
  }
  tlsql_builder_free(builder);
}

static void context_free(void *context)
{
  tlsql_context_free(context);
}

static void *conn_new(void *context)
{
  tlsql_conn *conn = NULL;
  /* A context has one role; the other call says so and makes nothing. */
  tlsql_code rc = tlsql_client_new(context, &conn, NULL);
  if (rc == TLSQL_OK) rc = tlsql_conn_set(conn, TLSQL_STR("host"), TLSQL_STR("localhost"), NULL);
  else rc = tlsql_server_new(context, &conn, NULL);
  if (rc) fail("connection", conn, rc);
  return conn;
}

static void conn_free(void *conn)
{
  tlsql_conn_free(conn);
}

static void start(tlsql_conn *conn)
{
  tlsql_request request = { .struct_size = sizeof request };
  tlsql_code rc;
  request.capabilities = 0x0008a200; /* PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH */
  request.max_packet = 1 << 24;
  request.charset = 45;
  if (tlsql_conn_phase(conn) == TLSQL_PHASE_NEGOTIATE) rc = tlsql_client_start(conn, &request);
  else rc = tlsql_server_start(conn, GREETING + 4, sizeof GREETING - 4);
  if (rc) fail("start", conn, rc);
}

static size_t handshake(void *conn, uint8_t *in, size_t in_len, uint8_t *out, size_t cap, int *done)
{
  size_t made = 0, moved;
  do {
    /* A server's tickets come behind its Finished, in records that need room. */
    tlsql_code rc = tlsql_conn_step(conn, in, in_len, out + made, cap - made, NULL, 0, NULL,
                                    TLSQL_ANY_ROOM, &result);
    if (rc) fail("handshake", conn, rc);
    in += result.wire_in_used;
    in_len -= result.wire_in_used;
    made += result.wire_out_made;
    moved = result.wire_in_used + result.wire_out_made + result.events;
    if (result.want & TLSQL_WANT_START) {
      start(conn);
      moved = 1;
    }
  } while (moved);
  if (in_len > 0) fail("unread bytes", conn, TLSQL_OK);
  *done = result.phase == TLSQL_PHASE_TLS;
  return made;
}

static size_t seal(void *conn, const uint8_t *plain, size_t len, uint8_t *wire, size_t cap)
{
  size_t made = 0;
  while (len > 0) {
    tlsql_code rc = tlsql_conn_step(conn, NULL, 0, wire + made, cap - made, plain, len, NULL, 0,
                                    &result);
    if (rc || !result.app_in_used) fail("seal", conn, rc);
    made += result.wire_out_made;
    plain += result.app_in_used;
    len -= result.app_in_used;
  }
  return made;
}

static size_t open(void *conn, uint8_t *wire, size_t len, uint8_t *plain, size_t cap)
{
  size_t made = 0;
  while (len > 0) {
    tlsql_code rc = tlsql_conn_step(conn, wire, len, NULL, 0, NULL, 0, plain + made, cap - made,
                                    &result);
    if (rc || !result.wire_in_used) fail("open", conn, rc);
    wire += result.wire_in_used;
    len -= result.wire_in_used;
    made += result.app_out_made;
  }
  return made;
}

static size_t seal_in_place(void *conn, uint8_t *buf, size_t cap, size_t len)
{
  size_t made = 0;
  tlsql_code rc = tlsql_conn_seal(conn, buf, cap, len, &made);
  if (rc) fail("seal in place", conn, rc);
  return made;
}

static size_t open_in_place(void *conn, uint8_t *wire, size_t len)
{
  size_t made = 0;
  while (len > 0) {
    tlsql_code rc = tlsql_conn_step(conn, wire, len, NULL, 0, NULL, 0, NULL, TLSQL_ANY_ROOM,
                                    &result);
    if (rc || !result.wire_in_used) fail("open in place", conn, rc);
    wire += result.wire_in_used;
    len -= result.wire_in_used;
    made += result.view_len;
  }
  return made;
}

static void idle(void *conn, size_t times)
{
  while (times--) tlsql_conn_step(conn, NULL, 0, NULL, 0, NULL, 0, NULL, 0, &result);
}

const struct peer *peer(void)
{
  static const struct peer tlsql = {
    tlsql_version_string, context_new, context_free, conn_new, conn_free, handshake, seal,
    open, seal_in_place, open_in_place, idle, GREETING, sizeof GREETING,
    reload,
  };
  return &tlsql;
}
